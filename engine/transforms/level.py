"""What levels have in common: how they nest, and the tensors that belong to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from .. import modes
from ..modes import state
from ..table import TABLE, Op
from ..tensor import Tensor

__all__ = ["Layer", "Level", "Passage", "layer_of", "live", "mapped", "names", "view_of_reshape"]

_new: Final = object.__new__


class Layer:
    """What makes a tensor one of a level's.

    Attributes:
        level: The level.
        inner: What the tensor is one level below.
        dim: The dimension of `inner` that the tensor does not show, for a batch.
        fixed: Whether the tensor came from outside the transformed function, which may not write to it.
    """

    __slots__ = ("dim", "fixed", "inner", "level")

    def __init__(self, level: Level, inner: Tensor, dim: int | None = None, fixed: bool = False) -> None:
        self.level = level
        self.inner = inner
        self.dim = dim
        self.fixed = fixed


def layer_of(tensor: Tensor) -> Layer | None:
    """What makes a tensor one of a level's; None for an ordinary one."""
    found: Layer | None = getattr(tensor, "_layer", None)
    return found


def live(tensor: Tensor) -> Tensor:
    """A tensor without the layers of levels that are over.

    Raises:
        RuntimeError: It is a batch that has left its vmap.
    """
    layer = layer_of(tensor)
    while layer is not None and not layer.level.alive:
        layer.level.left_behind(layer)
        tensor = layer.inner
        layer = layer_of(tensor)
    return tensor


def mapped(function: Callable[[Tensor], Any], arguments: Sequence[Any]) -> list[Any]:
    """An op's arguments with a function applied to every tensor, also to those in tuples."""
    return [
        function(a)
        if isinstance(a, Tensor)
        else tuple([function(t) if isinstance(t, Tensor) else t for t in a])
        if a.__class__ is tuple
        else a
        for a in arguments
    ]


def view_of_reshape(row: Op) -> Op:
    """The view that a reshaping of a tensor itself shows: `squeeze.dim` for `squeeze_.dim`."""
    base, dot, overload = row.schema.name.partition(".")
    return TABLE[f"{base.removesuffix('_')}{dot}{overload}"]


def names(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


class Level:
    """A transform in force, from entering the block to leaving it.

    Attributes:
        below: The level that was in force before; None if there was none.
        depth: How many transforms there are up to this one, as PyTorch counts them.
        alive: Whether it is still in force.
        functional: Whether it transforms a function.
        told: Whether an observer is told of passes over the graph that run meanwhile.
    """

    below: Level | None = None
    depth: int = 0
    alive: bool = False
    functional: bool = True
    told: bool = False

    def __enter__(self) -> Self:
        self.below = state.level
        self.depth = int(self.functional) + (0 if self.below is None else self.below.depth)
        self.alive = True
        state.level = self
        modes.depart(1)
        return self

    def __exit__(self, *exception: object) -> None:
        state.level = self.below
        self.alive = False
        modes.depart(-1)

    def lowered(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function as the level below sees it."""
        before = state.level
        state.level = self.below
        try:
            return function(*arguments)
        finally:
            state.level = before

    def left_behind(self, layer: Layer) -> None:
        """A tensor of this level is used although the level is over."""

    # What comes here first while this level is the innermost; each does nothing but hand it on.

    def run(self, row: Op, args: Sequence[Any]) -> Any:
        """Call an op, as `dispatch.run`."""
        from ..dispatch import run

        return self.lowered(run, row, mapped(live, args))

    def run_inplace(self, row: Op, args: Sequence[Any], name: str) -> Any:
        """Call an op that writes into its first argument, as `inplace.run_inplace`."""
        from ..inplace import run_inplace

        self.lowered(run_inplace, row, mapped(live, args), name)
        return args[0]

    def run_out(self, row: Op, args: Sequence[Any], out: Any) -> Any:
        """Call an op with `out=`, as `dispatch.run_out`."""
        from ..dispatch import run_out

        return self.lowered(run_out, row, args, out)

    def reshape(self, row: Op, args: list[Any]) -> Tensor:
        """Show a tensor's own memory otherwise, as `ops.reshaping.reshape_in_place`."""
        from ..ops.reshaping import reshape_in_place

        self.lowered(reshape_in_place, row, mapped(live, args))
        return args[0]

    def made(self, tensor: Tensor) -> Tensor:
        """A factory made a tensor."""
        return tensor

    def made_like(self, function: Callable[..., Any], like: Tensor, *args: Any, **options: Any) -> Tensor:
        """Call a factory that takes shape or dtype from a tensor."""
        return self.lowered(lambda: function(live(like), *args, **options))

    def same_memory(self, function: Callable[[Tensor], Tensor], tensor: Tensor) -> Tensor:
        """Call a function that gives the same memory without history: detach, data."""
        return self.lowered(function, live(tensor))

    def random(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a function that draws random numbers."""
        return self.lowered(lambda: function(*args, **options))

    def apply(self, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Call a user-defined Function."""
        from ..function import apply_function

        return self.lowered(apply_function, function, mapped(live, args), options)

    def make_dual(self, tensor: Tensor, tangent: Tensor) -> Tensor:
        """A tensor with a tangent."""
        raise NotImplementedError

    def unpack_dual(self, tensor: Tensor) -> tuple[Tensor, Tensor | None]:
        """A tensor without its tangent, and the tangent."""
        raise NotImplementedError

    def describe(self, layer: Layer) -> str:
        """A tensor of this level as text."""
        raise NotImplementedError


class Passage(Level):
    """A level that does nothing but forget the layers of those that are over: for what outlives them."""

    functional = False
