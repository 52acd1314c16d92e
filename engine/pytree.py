"""Nested containers of tensors: taken apart into their leaves and put together again, as torch.utils._pytree does."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["TreeSpec", "broadcast_to_and_flatten", "tree_flatten", "tree_leaves", "tree_map", "tree_unflatten"]


class TreeSpec:
    """The shape of nested containers.

    Attributes:
        type: The class of the container; None for a leaf.
        context: What else it takes to build it again: the keys of a dict, the class of a named tuple.
        children: The shapes of what it holds.
    """

    __slots__ = ("children", "context", "num_leaves", "type")

    def __init__(self, type: Any, context: Any, children: Sequence[TreeSpec]) -> None:
        self.type = type
        self.context = context
        self.children = tuple(children)
        self.num_leaves: int = 1 if type is None else sum(c.num_leaves for c in self.children)

    def is_leaf(self) -> bool:
        """Whether it is no container at all."""
        return self.type is None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        return (self.type, self.context, self.children) == (other.type, other.context, other.children)

    def __hash__(self) -> int:
        return hash((self.type, len(self.children), self.num_leaves))

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        start = f"TreeSpec({self.type.__name__}, {self.context}, ["
        inner = indent + 2
        children = (",\n" + " " * inner).join(child.__repr__(inner) for child in self.children)
        return f"{start}{children}])"

    def pretty(self) -> str:
        """The container as Python writes it, `*` for each leaf."""
        if self.type is None:
            return "*"
        inside = [c.pretty() for c in self.children]
        if self.type in (dict, OrderedDict, defaultdict):
            keys = self.context[1] if self.type is defaultdict else self.context
            text = "{" + ", ".join(f"{k!r}: {v}" for k, v in zip(keys, inside, strict=True)) + "}"
            return text if self.type is dict else f"{self.type.__name__}({text})"
        if self.type is list:
            return f"[{', '.join(inside)}]"
        if self.type is tuple:
            return f"({inside[0]},)" if len(inside) == 1 else f"({', '.join(inside)})"
        if self.type is _NamedTuple:
            return f"{self.context.__name__}({', '.join(map('='.join, zip(self.context._fields, inside, strict=True)))})"
        return f"deque([{', '.join(inside)}], maxlen={self.context})"


LEAF = TreeSpec(None, None, ())


class _NamedTuple:
    """The kind of all named tuples."""


_NamedTuple.__name__ = "namedtuple"


def _opened(tree: Any) -> tuple[Any, Any, list[Any]] | None:
    """(kind, context, what it holds) of a container; None for a leaf."""
    kind = type(tree)
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return _NamedTuple, kind, list(tree)
    if kind is tuple or kind is list:
        return kind, None, list(tree)
    if kind is deque:
        return kind, tree.maxlen, list(tree)
    if kind is dict or kind is OrderedDict:
        return kind, list(tree), list(tree.values())
    if kind is defaultdict:
        return kind, [tree.default_factory, list(tree)], list(tree.values())
    return None


def tree_flatten(tree: Any) -> tuple[list[Any], TreeSpec]:
    """The leaves of nested containers, in order, and their shape. None is a leaf."""
    opened = _opened(tree)
    if opened is None:
        return [tree], LEAF
    kind, context, content = opened
    leaves: list[Any] = []
    children = []
    for item in content:
        found, spec = tree_flatten(item)
        leaves += found
        children.append(spec)
    return leaves, TreeSpec(kind, context, children)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves of nested containers, in order."""
    return tree_flatten(tree)[0]


def tree_unflatten(leaves: Sequence[Any], spec: TreeSpec) -> Any:
    """Nested containers of a shape, with these leaves.

    Raises:
        ValueError: There are too many or too few leaves.
    """
    if len(leaves) != spec.num_leaves:
        raise ValueError(
            f"tree_unflatten(leaves, treespec): `leaves` has length {len(leaves)} but the spec refers to a pytree that holds "
            f"{spec.num_leaves} items ({spec})."
        )
    if spec.type is None:
        return leaves[0]
    content = []
    start = 0
    for child in spec.children:
        content.append(tree_unflatten(leaves[start : start + child.num_leaves], child))
        start += child.num_leaves
    if spec.type is _NamedTuple:
        return spec.context(*content)
    if spec.type in (dict, OrderedDict):
        return spec.type(zip(spec.context, content, strict=True))
    if spec.type is defaultdict:
        factory, keys = spec.context
        return defaultdict(factory, zip(keys, content, strict=True))
    if spec.type is deque:
        return deque(content, maxlen=spec.context)
    return spec.type(content)


def tree_map(function: Callable[..., Any], tree: Any, *rests: Any) -> Any:
    """The same nested containers, with a function applied to every leaf."""
    leaves, spec = tree_flatten(tree)
    others = [tree_leaves(rest) for rest in rests]
    return tree_unflatten([function(*items) for items in zip(leaves, *others, strict=True)], spec)


def broadcast_to_and_flatten(tree: Any, spec: TreeSpec) -> list[Any] | None:
    """A leaf for each leaf of a shape, from a tree that may be less deep; None if the two do not fit."""
    opened = _opened(tree)
    if spec.type is None:
        return [tree] if opened is None else None
    if opened is None:
        return [tree] * spec.num_leaves
    kind, context, content = opened
    if kind is not spec.type or len(content) != len(spec.children):
        return None
    children: Sequence[TreeSpec] = spec.children
    if kind in (dict, OrderedDict):
        by_key = dict(zip(spec.context, spec.children, strict=True))
        if by_key.keys() != set(context):
            return None
        # In the order of the shallower tree's keys, as PyTorch.
        children = [by_key[key] for key in context]
    found: list[Any] = []
    for item, child in zip(content, children, strict=True):
        part = broadcast_to_and_flatten(item, child)
        if part is None:
            return None
        found += part
    return found
