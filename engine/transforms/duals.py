"""The level of torch.autograd.forward_ad: tangents on ordinary tensors, below all transforms."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, Self

from .. import modes
from ..dispatch import run, run_out, unpack_arguments
from ..inplace import run_inplace
from ..modes import state
from ..table import TABLE, Op
from ..tensor import Tensor
from .level import Level, live, mapped, view_of_reshape
from .tangents import laid_out_as, tangents_of
from .tracking import any_tangent, attach_tangents, keep_twins, numberless, tangent_of, without_tangent, write_tangent

__all__ = ["Duals", "current_duals"]


def current_duals() -> Duals | None:
    """The dual level in force in this thread; None if there is none."""
    level = state.level
    while level is not None and not isinstance(level, Duals):
        level = level.below
    return level


class Duals(Level):
    """Ordinary tensors have tangents while it is in force."""

    functional = False
    told = True

    def __init__(self) -> None:
        self._known: list[weakref.ref[Tensor]] = []

    def __enter__(self) -> Self:
        self.alive = True
        if state.level is None:
            state.level = self
        else:
            lowest = state.level
            while lowest.below is not None:
                lowest = lowest.below
            lowest.below = self
        modes.depart(1)
        return self

    def __exit__(self, *exception: object) -> None:
        if state.level is self:
            state.level = None
        else:
            above = state.level
            while above is not None and above.below is not self:
                above = above.below
            if above is not None:
                above.below = None
        self.alive = False
        for reference in self._known:
            tensor = reference()
            if tensor is not None and hasattr(tensor, "_tangent"):
                del tensor._tangent
        modes.depart(-1)

    def note(self, *tensors: Tensor) -> None:
        """Remember which tensors have a tangent to lose when the level is over."""
        self._known += [weakref.ref(t) for t in tensors]

    def run(self, row: Op, args: Sequence[Any]) -> Any:
        args = mapped(live, args)
        result = self.lowered(run, row, args)
        if state.inference or not row.differentiable:
            return result
        kept = unpack_arguments(row, args)[1]
        tangents = mapped(tangent_of, kept)
        if not any_tangent(row, tangents):
            return result
        outputs = tuple(result) if row.many else (result,)
        attach_tangents(outputs, self.lowered(tangents_of, row, kept, numberless(tangents), outputs))
        self._settle(outputs)
        return result

    def _settle(self, outputs: Sequence[Tensor]) -> None:
        """Let the node of outputs know of their tangents, and the level too."""
        self.note(*outputs)
        edge = outputs[0]._edge
        if edge is not None:
            self.note(*keep_twins(edge[0], outputs))

    def run_inplace(self, row: Op, args: Sequence[Any], name: str) -> Any:
        args = mapped(live, args)
        kept = unpack_arguments(row, args)[1]
        tangents = mapped(tangent_of, kept)
        if state.inference or not row.differentiable or not any_tangent(row, tangents):
            return self.lowered(run_inplace, row, args, name)
        target = args[0]
        before = [self.lowered(run, TABLE["clone"], [target, None]), *kept[1:]]
        self.lowered(run_inplace, row, args, name)
        found = self.lowered(tangents_of, row, before, numberless(tangents), (target,))[0]
        write_tangent(target, found, self)
        self._settle((target,) if target._view is None else (target, target._view.base))
        return target

    def reshape(self, row: Op, args: list[Any]) -> Tensor:
        target: Tensor = args[0]
        tangent = tangent_of(target)
        super().reshape(row, args)
        if tangent is not None:
            target._tangent = self.lowered(run, view_of_reshape(row), [tangent, *args[1:]])
        return target

    def run_out(self, row: Op, args: Sequence[Any], out: Any) -> Any:
        args = mapped(live, args)
        outs = out if isinstance(out, (tuple, list)) else (out,)
        tensors = [a for a in [*args, *outs] if isinstance(a, Tensor)]
        if row.differentiable and any(tangent_of(t) is not None for t in tensors):
            raise NotImplementedError(
                f"Trying to use forward AD with {row.name}_out that does not support it because it is an out= function"
            )
        return self.lowered(run_out, row, args, out)

    def random(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return self.lowered(lambda: function(*args, **options))

    def apply(self, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        from .custom import apply_with_tangents

        return apply_with_tangents(self, function, tuple(mapped(live, args)), options)

    def make_dual(self, tensor: Tensor, tangent: Tensor) -> Tensor:
        made: Tensor = self.lowered(run, TABLE["_make_dual"], [tensor])
        made._tangent = self.lowered(laid_out_as, tangent, made)
        self.note(made)
        return made

    def unpack_dual(self, tensor: Tensor) -> tuple[Tensor, Tensor | None]:
        found = tangent_of(tensor)
        primal: Tensor = self.lowered(run, TABLE["_fw_primal"], [tensor])
        without_tangent(primal)
        self.note(primal)
        return primal, found
