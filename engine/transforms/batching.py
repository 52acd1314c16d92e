"""A level at which one call stands for a whole batch of calls: what vmap transforms a function with."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from ..dispatch import run, run_out, unpack_arguments
from ..inplace import run_inplace
from ..rules import TENSORS
from ..table import TABLE, Op
from ..tensor import Tensor
from .lanes import ESCAPED, lane_of
from .level import Layer, Level, _new, layer_of, live, mapped, names, view_of_reshape

__all__ = ["RULES", "WRITES", "Batching", "Rule", "rule"]


class Rule(Protocol):
    """How a row is called for a whole batch: with its arguments as the level has them, at the level below.

    It returns the outputs with the batch as their first dimension.
    """

    def __call__(self, level: Batching, row: Op, args: list[Any]) -> Any: ...


RULES: Final[dict[str, Rule]] = {}
"""Rules by the full name of the row. A row without one is called sample by sample."""

WRITES: Final = names("uniform normal random bernoulli exponential geometric cauchy log_normal")
"""Rows that fill a tensor with random numbers."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Add a rule for rows."""

    def add(made: Rule) -> Rule:
        for name in names:
            RULES[name] = made
        return made

    return add


class Batching(Level):
    """Some of its tensors stand for a batch of them, one below.

    Args:
        size: How many there are.
        randomness: Whether drawing random numbers is an "error", or whether every sample gets the "same" or "different" ones.
    """

    def __init__(self, size: int, randomness: str = "error") -> None:
        self.size = size
        self.randomness = randomness

    # -- its tensors

    def wrap(self, inner: Tensor, dim: int = 0) -> Tensor:
        """A batched tensor, for one below and the dimension that counts the samples."""
        counter = inner._share()
        made = _new(Tensor)
        made._value = lane_of(inner._value, dim, self)
        made._edge = made._leaf = made._grad = made._view = None
        made._counter = counter
        made._layer = Layer(self, inner, dim)
        return made

    def parts(self, tensor: Tensor) -> tuple[Tensor, int | None]:
        """What a tensor is one level below, and which dimension counts the samples; None if it is no batch."""
        tensor = live(tensor)
        layer = layer_of(tensor)
        return (layer.inner, layer.dim) if layer is not None and layer.level is self else (tensor, None)

    def is_batched(self, value: Any) -> bool:
        """Whether a value is a batched tensor of this level."""
        if not isinstance(value, Tensor):
            return False
        layer = layer_of(live(value))
        return layer is not None and layer.level is self

    def front(self, tensor: Tensor) -> Tensor:
        """What a tensor is one level below, with the batch, if it is one, as the first dimension. To be called below."""
        inner, dim = self.parts(tensor)
        if not dim:
            return inner
        order = (dim, *(d for d in range(inner._value.ndim) if d != dim))
        return TENSORS.permute(inner, order)

    def full(self, tensor: Tensor) -> Tensor:
        """The same, with every tensor made a batch. To be called below."""
        inner, dim = self.parts(tensor)
        if dim is not None:
            return self.front(tensor)
        return TENSORS.expand(TENSORS.unsqueeze(inner, 0), (self.size, *inner._value.shape))

    def rank(self, tensor: Tensor) -> int:
        """How many dimensions one sample has."""
        return live(tensor)._value.ndim

    def sample(self, tensor: Tensor, index: int) -> Tensor:
        """One sample. To be called below."""
        inner, dim = self.parts(tensor)
        return inner if dim is None else TENSORS.select(inner, dim, index)

    def left_behind(self, layer: Layer) -> None:
        raise RuntimeError(ESCAPED)

    def _batched(self, args: Sequence[Any]) -> bool:
        return any(any(map(self.is_batched, a)) if a.__class__ is tuple else self.is_batched(a) for a in args)

    def _wrapped(self, result: Any) -> Any:
        if isinstance(result, Tensor):
            return self.wrap(result)
        made = [self.wrap(r) for r in result]
        return type(result)(*made) if hasattr(result, "_fields") else tuple(made)

    # -- ops

    def run(self, row: Op, args: Sequence[Any]) -> Any:
        kept = mapped(live, unpack_arguments(row, args)[1])
        if not self._batched(kept):
            return self.lowered(run, row, kept)
        found = RULES.get(row.schema.name)
        if found is None:
            from .batch_rules import default_rule

            found = default_rule(row)
        if getattr(found, "decomposed", False):
            return found(self, row, kept)
        return self._wrapped(self.lowered(found, self, row, kept))

    def run_inplace(self, row: Op, args: Sequence[Any], name: str) -> Any:
        from .batch_rules import aligned, check_random_write, is_elementwise, no_room, same_draw

        kept = mapped(live, unpack_arguments(row, args)[1])
        if check_random_write(self, row, kept):
            self.lowered(run_inplace, row, [self.parts(kept[0])[0], *kept[1:]], name)
            return args[0]
        if not self._batched(kept):
            self.lowered(run_inplace, row, kept, name)
            return args[0]
        if not self.is_batched(kept[0]):
            raise no_room(self, row, kept, name)

        def write() -> None:
            if is_elementwise(row):
                run_inplace(row, aligned(self, row, kept), name)
            else:
                run_inplace(TABLE["copy"], [self.front(kept[0]), self.front(result), False], "copy_")

        # What does not work element by element is computed first, and then written.
        if is_elementwise(row):
            result = kept[0]
        elif row.name in WRITES:
            result = same_draw(self, row, kept)
        else:
            result = self.run(row, kept)
        self.lowered(write)
        return args[0]

    def reshape(self, row: Op, args: list[Any]) -> Tensor:
        target = live(args[0])
        if not self.is_batched(target):
            return super().reshape(row, args)
        shown: Tensor = self.run(view_of_reshape(row), [target, *args[1:]])
        target._layer, target._value = shown._layer, shown._value
        target._written()
        return target

    def run_out(self, row: Op, args: Sequence[Any], out: Any) -> Any:
        outs = out if isinstance(out, (tuple, list)) else (out,)
        if self._batched([*args, *outs]):
            raise RuntimeError(
                f"Batching rule not implemented for aten::{row.name}.out; the fallback path doesn't work on out= or view ops."
            )
        return self.lowered(run_out, row, mapped(live, args), out)

    def made_like(self, function: Callable[..., Any], like: Tensor, *args: Any, **options: Any) -> Tensor:
        from .batch_rules import made_like

        return made_like(self, function, like, *args, **options)

    def same_memory(self, function: Callable[[Tensor], Tensor], tensor: Tensor) -> Tensor:
        inner, dim = self.parts(tensor)
        if function.__name__ == "_data":
            raise RuntimeError("accessing `data` under vmap transform is not allowed")
        found = self.lowered(function, inner)
        return found if dim is None else self.wrap(found, dim)

    def random(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        from .batch_rules import drawn

        return drawn(self, function, args, options)

    def apply(self, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        from .custom import apply_batched

        return apply_batched(self, function, args, options)

    def make_dual(self, tensor: Tensor, tangent: Tensor) -> Tensor:
        assert self.below is not None

        def dual() -> Tensor:
            assert self.below is not None
            return self.below.make_dual(self.full(tensor), self.full(tangent))

        if not (self.is_batched(tensor) or self.is_batched(tangent)):
            return self.lowered(self.below.make_dual, tensor, tangent)
        return self.wrap(self.lowered(dual))

    def unpack_dual(self, tensor: Tensor) -> tuple[Tensor, Tensor | None]:
        inner, dim = self.parts(tensor)
        if self.below is None:
            return tensor, None
        primal, tangent = self.lowered(self.below.unpack_dual, inner)
        if dim is None:
            return primal, tangent
        return self.wrap(primal, dim), None if tangent is None else self.wrap(tangent, dim)

    def describe(self, layer: Layer) -> str:
        inner = textwrap.indent(repr(layer.inner), "    ")
        return f"BatchedTensor(lvl={self.depth}, bdim={layer.dim}, value=\n{inner}\n)"
