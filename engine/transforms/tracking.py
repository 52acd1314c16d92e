"""A level with derivatives of its own: what grad, vjp and jvp transform a function with."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

from .. import geometry, modes
from ..dispatch import edge_of, record, run, run_out, unpack_arguments, view_of
from ..graph import Edge, Node
from ..inplace import prepare_write, record_write, run_inplace, window
from ..modes import state
from ..saved import SavedResult
from ..storage import VersionCounter
from ..table import TABLE, Op
from ..tensor import Leaf, Tensor
from .level import Layer, Level, Passage, _new, layer_of, live, mapped, view_of_reshape
from .tangents import laid_out_as, like, tangents_of

__all__ = [
    "Tracking",
    "any_tangent",
    "attach_tangents",
    "gradient",
    "keep_twins",
    "numberless",
    "tangent_of",
    "without_tangent",
    "write_tangent",
]


class Tracking(Level):
    """Its tensors stand for those of the level below, with a graph and with tangents apart from theirs.

    Args:
        respects_no_grad: Whether what happens below is recorded as it would have been before the level was entered.
        functional: Whether the function that is transformed may have no gradients of its own.
    """

    def __init__(self, respects_no_grad: bool = True, functional: bool = True) -> None:
        self.functional = functional
        self._respects = respects_no_grad
        self._derives = True
        self.recorded_below = True
        self._inference = False

    def __enter__(self) -> Self:
        self.recorded_below = state.grad_enabled
        self._inference = state.inference
        modes.set_inference(False)
        return super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        modes.set_inference(self._inference)

    # -- its tensors

    def wrap(self, inner: Tensor, fixed: bool = False) -> Tensor:
        """One of the level's tensors, for one of the level below."""
        counter = inner._share()
        if counter.inference:
            counter = VersionCounter(counter.storage)
        made = _new(Tensor)
        made._value = inner._value
        made._edge = made._leaf = made._grad = made._view = None
        made._counter = counter
        made._layer = Layer(self, inner, None, fixed)
        return made

    def variable(self, inner: Tensor) -> Tensor:
        """One of the level's tensors that gradients are wanted for."""
        made = self.wrap(live(inner))
        if made._value.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        made._leaf = Leaf()
        return made

    def lift(self, tensor: Tensor) -> Tensor:
        """A tensor as one of the level's; one from outside is a constant."""
        tensor = live(tensor)
        layer = layer_of(tensor)
        return tensor if layer is not None and layer.level is self else self.wrap(tensor, fixed=True)

    def inner(self, tensor: Tensor) -> Tensor:
        """What a tensor is one level below."""
        tensor = live(tensor)
        layer = layer_of(tensor)
        return layer.inner if layer is not None and layer.level is self else tensor

    @contextmanager
    def no_tangents(self) -> Iterator[None]:
        """Within it, results at this level have no tangents."""
        before, self._derives = self._derives, False
        try:
            yield
        finally:
            self._derives = before

    def lowered(self, function: Callable[..., Any], *arguments: Any) -> Any:
        enabled = state.grad_enabled
        if not enabled or self.recorded_below or not self._respects:
            return super().lowered(function, *arguments)
        modes.set_grad_enabled(False)
        try:
            return super().lowered(function, *arguments)
        finally:
            modes.set_grad_enabled(enabled)

    # -- ops

    def run(self, row: Op, args: Sequence[Any]) -> Any:
        kept = mapped(self.lift, unpack_arguments(row, args)[1])
        inner = mapped(self.inner, kept)
        result = self.lowered(run, row, inner)
        below = result if row.many else (result,)
        if row.is_view:
            outputs = []
            layer = layer_of(kept[0])
            for found in below:
                view = view_of(kept[0], found._value, row.name, row.many)
                view._layer = Layer(self, found, None, layer is not None and layer.fixed)
                outputs.append(view)
        else:
            outputs = [self.wrap(found) for found in below]
        node = record(row, kept, outputs)  # type: ignore[arg-type]
        self._derive(row, kept, inner, outputs, below, node)
        if not row.many:
            return outputs[0]
        return type(result)(*outputs) if hasattr(result, "_fields") else tuple(outputs)

    def _derive(
        self,
        row: Op,
        kept: Sequence[Any],
        inner: Sequence[Any],
        outputs: Sequence[Tensor],
        below: Sequence[Tensor],
        node: Node | None,
    ) -> None:
        """Give a call's outputs their tangents, and let its node know what it kept of them."""
        tangents = mapped(tangent_of, kept)
        if self._derives and row.differentiable and any_tangent(row, tangents):
            attach_tangents(outputs, self.lowered(tangents_of, row, inner, numberless(tangents), below))
        if node is not None:
            keep_twins(node, outputs)

    def run_inplace(self, row: Op, args: Sequence[Any], name: str) -> Any:
        kept = unpack_arguments(row, args)[1]
        target = self._writable(kept[0], row, name)
        layer: Layer = target._layer
        kept = mapped(self.lift, kept)
        inner = mapped(self.inner, kept)
        tangents = mapped(tangent_of, kept)
        moving = self._derives and bool(row.differentiable) and any_tangent(row, tangents)
        prepared = prepare_write(row, kept)
        before = [self.lowered(run, TABLE["clone"], [inner[0], None]), *inner[1:]] if moving else inner
        self.lowered(run_inplace, row, inner, name)
        target._value = layer.inner._value
        if prepared is not None:
            keep_twins(record_write(row, target, prepared), (target,))
        if moving:
            found = self.lowered(tangents_of, row, before, numberless(tangents), (layer.inner,))[0]
            write_tangent(target, found, self)
        return args[0]

    def reshape(self, row: Op, args: list[Any]) -> Tensor:
        from ..ops.reshaping import record_reshape

        target = self._writable(args[0], row, row.name)
        layer: Layer = target._layer
        inner: Tensor = self.lowered(run, view_of_reshape(row), [layer.inner, *args[1:]])
        tangent = tangent_of(target)
        record_reshape(row, [target, *args[1:]], lambda: inner._value)
        target._layer = Layer(self, inner)
        if tangent is not None:
            target._tangent = self.lowered(run, view_of_reshape(row), [tangent, *args[1:]])
        return target

    def _writable(self, tensor: Tensor, row: Op, name: str) -> Tensor:
        """A tensor that is to be written to.

        Raises:
            RuntimeError: It is none of the level's own.
        """
        target = live(tensor)
        layer = layer_of(target)
        if layer is None or layer.level is not self or layer.fixed:
            raise RuntimeError(
                "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation "
                f"(aten::{name}{_overload(row)}) that would mutate a captured Tensor. This is not supported; please rewrite the "
                "function being transformed to explicitly accept the mutated Tensor(s) as inputs."
            )
        return target

    def run_out(self, row: Op, args: Sequence[Any], out: Any) -> Any:
        outs = out if isinstance(out, (tuple, list)) else (out,)
        kept = mapped(self.lift, unpack_arguments(row, args)[1])
        for tensor in [*(kept[i] for i in row.tensors), *outs]:
            if isinstance(tensor, Tensor) and tensor.requires_grad and state.grad_enabled:
                raise RuntimeError(
                    f"{row.name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                    "arguments requires grad."
                )
        inner = [self.inner(t) for t in outs]
        self.lowered(run_out, row, mapped(self.inner, kept), tuple(inner) if row.many else inner[0])
        for tensor, below in zip(outs, inner, strict=True):
            tensor._value = below._value
        return out

    def made(self, tensor: Tensor) -> Tensor:
        return self.wrap(tensor)

    def made_like(self, function: Callable[..., Any], like: Tensor, *args: Any, **options: Any) -> Tensor:
        return self.wrap(self.lowered(lambda: function(self.inner(like), *args, **options)))

    def same_memory(self, function: Callable[[Tensor], Tensor], tensor: Tensor) -> Tensor:
        return self.wrap(self.lowered(function, self.inner(tensor)))

    def random(self, function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        inner = mapped(self.inner, args)
        found = self.lowered(lambda: function(*inner, **options))
        return self.wrap(found)

    def apply(self, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        from .custom import apply_tracking

        return apply_tracking(self, function, args, options)

    def make_dual(self, tensor: Tensor, tangent: Tensor) -> Tensor:
        made = self.run(TABLE["alias"], [self.lift(tensor)])
        made._tangent = self.lowered(laid_out_as, self.inner(tangent), self.inner(made))
        return made

    def unpack_dual(self, tensor: Tensor) -> tuple[Tensor, Tensor | None]:
        tensor = self.lift(tensor)
        found = tangent_of(tensor)
        primal = self.run(TABLE["alias"], [tensor])
        without_tangent(primal)
        return primal, None if found is None else self.wrap(found)

    def describe(self, layer: Layer) -> str:
        return f"GradTrackingTensor(lvl={self.depth if self.alive else -2}, value=\n{textwrap.indent(repr(layer.inner), '    ')}\n)"


def _overload(row: Op) -> str:
    """The overload of ATen's that the in-place form of a row is."""
    base, _, overload = row.schema.name.partition(".")
    overload = {"Tensor_Scalar": "Scalar", "Tensor_Tensor": "Tensor"}.get(overload, overload)
    if base in ("add", "sub", "mul", "div") or base.startswith("bitwise_"):
        overload = overload or "Tensor"
    return f".{overload}" if overload else ""


def without_tangent(tensor: Tensor) -> None:
    """See that a view has no tangent, whatever its base has."""
    tensor._tangent = None


def any_tangent(row: Op, tangents: Sequence[Any]) -> bool:
    """Whether a differentiable argument has a tangent."""
    return any(
        any(isinstance(t, Tensor) for t in tangents[i]) if tangents[i].__class__ is tuple else isinstance(tangents[i], Tensor)
        for i in row.differentiable
    )


def numberless(tangents: Sequence[Any]) -> list[Any]:
    """Tangents, None for what was no tensor."""
    return [
        tuple(x if isinstance(x, Tensor) else None for x in t) if t.__class__ is tuple else t if isinstance(t, Tensor) else None
        for t in tangents
    ]


def tangent_of(tensor: Tensor) -> Tensor | None:
    """The tangent of a tensor at its own level; a view has that part of its base's."""
    if hasattr(tensor, "_tangent"):
        return tensor._tangent
    if tensor._view is None:
        return None
    whole: Tensor | None = getattr(tensor._view.base, "_tangent", None)
    if whole is None:
        return None
    tensor._tangent = found = _window(tensor, whole)
    return found


def _window(view: Tensor, whole: Tensor) -> Tensor:
    """The part of a base's tangent that belongs to a view."""
    assert view._view is not None
    base = view._view.base._value
    part = geometry.of(view._value, base)
    layer = layer_of(view)
    arguments = (whole, geometry.of(base, base), part, base.dtype.kind == "c" and view._value.dtype.kind != "c")
    return window(*arguments) if layer is None else layer.level.lowered(window, *arguments)


def attach_tangents(outputs: Sequence[Tensor], tangents: Sequence[Tensor | None]) -> None:
    """Give outputs their tangents."""
    for output, tangent in zip(outputs, tangents, strict=True):
        if tangent is not None:
            output._tangent = tangent


def write_tangent(target: Tensor, tangent: Tensor | None, level: Level) -> None:
    """Make a tangent that of a tensor which was just written to; those of its base and its other views change with it."""
    if tangent is None:
        return
    held = tangent_of(target)
    if held is None and target._view is None:
        target._tangent = tangent
        return
    if held is None:
        assert target._view is not None
        base = target._view.base
        layer = layer_of(base)
        base._tangent = level.lowered(lambda: laid_out_as(like(base if layer is None else layer.inner), base))
        held = target._tangent = _window(target, base._tangent)
    level.lowered(run_inplace, TABLE["copy"], [held, tangent, False], "copy_")


def keep_twins(node: Node, outputs: Sequence[Tensor]) -> list[Tensor]:
    """Let a node that keeps outputs know what their memory alone does not tell: their layer and their tangent.

    Returns:
        What stands for the outputs.
    """
    twins = []
    for item in getattr(node, "_saved", None) or ():
        if item.__class__ is SavedResult:
            output = outputs[item.output_nr]
            twin = _new(Tensor)
            for slot in ("_layer", "_tangent"):
                if hasattr(output, slot):
                    setattr(twin, slot, getattr(output, slot))
            item.twin = twin
            twins.append(twin)
    return twins


def gradient(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Tensor],
    *,
    record: bool,
    keep: bool = False,
) -> list[Tensor]:
    """The gradients of a finished level's tensors, as tensors of the level in force; zeros where nothing depends on an input.

    Args:
        outputs: The level's tensors to differentiate.
        inputs: The level's variables.
        seeds: What each output is multiplied with.
        record: Whether the gradients shall have a history.
        keep: Whether the graph can be walked again.
    """
    from ..backward import Pass, drain

    roots: list[Edge] = []
    given: list[Tensor] = []
    for output, seed in zip(outputs, seeds, strict=True):
        edge = edge_of(output)
        if edge is not None:
            roots.append(edge)
            given.append(seed)
    below = [live(i) for i in inputs]
    if not roots:
        return [like(b) for b in below]
    targets = [(edge_of(i), i) for i in inputs]
    walk = Pass("grad", roots, [], given, targets, keep, True, record)
    inference = state.inference
    modes.set_inference(False)
    try:
        if state.level is not None:
            found = drain(walk)
        else:
            with Passage():
                found = drain(walk)
    finally:
        modes.set_inference(inference)
    return [like(b) if g is None else live(g) for g, b in zip(found, below, strict=True)]
