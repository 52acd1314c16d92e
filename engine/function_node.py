"""The node of a user-defined Function: what its ctx keeps, how its backward is called, how its outputs join the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from . import modes
from .backward import current_pass
from .dispatch import view_of
from .frames import warn
from .graph import Edge, Meta, Node, dtype_of, materialized, meta_of
from .inplace import check_inplace, rebase_history
from .modes import state
from .packing import pack
from .rules import BORROWED
from .saved import FREED_MESSAGE, INFERENCE_MESSAGE, SavedResult, as_tensor
from .saved_tensor import SavedTensor
from .tensor import Tensor

__all__ = ["BackwardFunction", "FunctionCtx", "attach_outputs", "check_to_save", "keep_saved", "without_grad"]

IS_SAVED_INPUT: Final = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you override "
    "setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup ctx inside the forward "
    "function itself."
)
VIEW_AND_MORE: Final = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one Tensor. "
    "This is not supported by the current autograd engine. You should either make sure the input is not a view (using .clone() for "
    "example) or make your Function only return one Tensor (potentially splitting it into two Functions: one doing the inplace that "
    "returns a single Tensor and a second one that does the other operations). You can ask on the forum https://discuss.pytorch.org/ "
    "if you need help to do this change."
)


def without_grad(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function without recording."""
    enabled = state.grad_enabled
    modes.set_grad_enabled(False)
    try:
        return function(*args, **kwargs)
    finally:
        modes.set_grad_enabled(enabled)


class FunctionCtx:
    """What `forward` keeps for `backward`.

    Attributes:
        needs_input_grad: For each argument of forward, whether it needs a gradient.
        materialize_grads: Whether gradients that did not arrive are given as zeros.
    """

    needs_input_grad: tuple[bool, ...] = ()
    materialize_grads: bool = True
    _materialize_non_diff_grads: bool = True
    to_save: Any = None
    dirty_tensors: Any = None
    non_differentiable: Any = None
    saved_for_forward: tuple[Any, ...] | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for backward; once only, and inputs or outputs by preference."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for jvp.

        Raises:
            AssertionError: They are no tensors.
        """
        for tensor in tensors:
            if not (isinstance(tensor, Tensor) or tensor is None):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs forward wrote to; each must be returned."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Nothing: what shares memory is known."""
        warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that calls to `set_()` "
            "are not tracked",
            FutureWarning,
        )

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether gradients that did not arrive are given as zeros (the default) or as None."""
        self.materialize_grads = value


class BackwardFunction(Node, FunctionCtx):
    """The node of a user-defined Function, and the ctx its methods are given.

    Attributes:
        argument_places: Which arguments of forward were tensors.
        argument_count: How many arguments there were.
        output_metas: What each output looked like; None for what is no tensor.
    """

    _forward_cls: ClassVar[Any] = None
    _base_cls: ClassVar[Any] = None
    """The Function that all others come from."""

    def __init__(self) -> None:
        self.argument_places: tuple[int, ...] = ()
        self.argument_count = 0
        self.output_metas: tuple[Meta | None, ...] = ()
        self._saved: tuple[Any, ...] | None = ()
        self._versions: tuple[int, ...] | None = None

    @property
    def formulas(self) -> tuple[tuple[str, str], ...]:
        """The derivative in words."""
        return (("*", f"{self._forward_cls.__name__}.backward(ctx, *grad_outputs)"),)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` kept; in jvp, what `save_for_forward` did.

        Raises:
            RuntimeError: It was freed, or written to since.
        """
        if self.saved_for_forward:
            return self.saved_for_forward
        return tuple([as_tensor(self, i, item) for i, item in enumerate(self._kept())])

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning)
        return self.saved_tensors

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        return tuple([SavedTensor(self, i) for i in range(len(self._kept()))])

    def _kept(self) -> tuple[Any, ...]:
        if self._saved is None:
            raise RuntimeError(FREED_MESSAGE)
        return self._saved

    def result_shared(self, output_nr: int, value: Any, counter: Any) -> None:
        for item in self._saved or ():
            if item.__class__ is SavedResult and item.output_nr == output_nr:
                item.value = value
                item.counter = counter

    def release(self) -> bool:
        kept, self._saved = self._saved, None
        return bool(kept)

    def apply(self, *grads: Any) -> Any:
        """Call the Function's `backward`, or its `vjp`.

        Raises:
            RuntimeError: It has both.
        """
        function, base = self._forward_cls, self._base_cls
        custom, vjp = function.backward, function.vjp
        if custom is not base.backward and vjp is not base.vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of them."
            )
        return (custom if vjp is base.vjp else vjp)(self, *grads)

    def __call__(self, *grads: Any) -> Any:
        """Not for these nodes: they have `apply`.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{type(self).__name__} object at {id(self):#x}>"

    def evaluate(self, grads: list[Any], tensors: bool) -> tuple[Sequence[Any], Sequence[int]]:
        walk = current_pass()
        given = list(grads)
        if self.materialize_grads:
            for index, meta in enumerate(self.output_metas):
                if given[index] is None and meta is not None:
                    given[index] = materialized(None, meta, tensors)
        if walk is not None:
            given = [walk.tensor_of(g) for g in given]
        results = self.apply(*given)
        returned = list(results) if isinstance(results, tuple) else [results]
        expected = self.argument_count
        if len(returned) > expected and all(g is None for g in returned[expected:]):
            del returned[expected:]
        if len(returned) != expected:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {expected}, got {len(returned)})"
            )
        slots = {place: slot for slot, place in enumerate(self.argument_places)}
        picked: list[Any] = [None] * len(slots)
        for place, gradient in enumerate(returned):
            slot = slots.get(place)
            if gradient is None:
                continue
            if slot is None:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {place + 1}, but the corresponding "
                    "forward input was not a Variable"
                )
            if not isinstance(gradient, Tensor):
                raise RuntimeError(f"expected Variable or None (got {_c_name(gradient)})")
            edge = self._edges[slot]
            if edge is not None:
                _check_kind(gradient, edge)
            picked[slot] = gradient if tensors else gradient._value if walk is None else walk.array_of(gradient)
        return picked, (BORROWED,) * len(picked)


def _c_name(value: object) -> str:
    """The name of an object's type as C code has it."""
    return "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__


def _check_kind(gradient: Tensor, edge: Edge) -> None:
    """See that no complex gradient goes to a real input.

    Raises:
        RuntimeError: It does.
    """
    wanted = dtype_of(edge[0]._metas[edge[1]])
    if wanted is not None and not wanted.is_complex and gradient.dtype.is_complex:
        raise RuntimeError(
            "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but got false.  "
            "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
        )


def _marked(tensors: Any, name: str, complaint: str) -> set[int]:
    """The identities of the tensors a ctx was told of.

    Raises:
        RuntimeError: They are no tensors.
    """
    if tensors is None:
        return set()
    if not isinstance(tensors, tuple):
        raise RuntimeError(f"autograd internal error: {name} attribute is expected to be a tuple but is ")
    if not all(isinstance(t, Tensor) for t in tensors):
        raise RuntimeError(complaint)
    return {id(t) for t in tensors}


def attach_outputs(
    ctx: BackwardFunction, inputs: Sequence[Tensor], raw: Sequence[Any], recorded: bool, split: bool
) -> list[Any]:
    """Make the outputs of a forward part of the graph.

    Args:
        ctx: The node.
        inputs: The tensors forward was given.
        raw: What it returned.
        recorded: Whether the node is to be part of the graph.
        split: Whether the ctx was set up apart from forward.

    Returns:
        What the caller of the Function gets.

    Raises:
        RuntimeError: What was marked, saved or written to may not be.
    """
    dirty = _marked(ctx.dirty_tensors, "dirty_tensors", "mark_dirty can only accept variables, but argument ")
    for tensor in ctx.dirty_tensors or ():
        tensor._written()
    fixed = _marked(
        ctx.non_differentiable,
        "non_differentiable",
        "mark_non_differentiable only accepts variable arguments, but got ",
    )
    given = {id(t) for t in inputs}
    kept = {id(t) for t in (*(ctx.to_save or ()), *(ctx.saved_for_forward or ())) if isinstance(t, Tensor)} if split else set()
    outputs: list[Any] = []
    differentiable = 0
    zeros_for = raw if ctx._materialize_non_diff_grads else [None if id(o) in fixed else o for o in raw]
    ctx.output_metas = tuple([meta_of(o._value) if isinstance(o, Tensor) else None for o in zeros_for])
    ctx._metas = tuple([np.float32 if meta is None else meta for meta in ctx.output_metas])
    for number, output in enumerate(raw):
        if not isinstance(output, Tensor):
            outputs.append(output)
            continue
        is_input, is_dirty = id(output) in given, id(output) in dirty
        if recorded and id(output) not in fixed and output._value.dtype.kind in "fc":
            differentiable += 1
            if is_dirty:
                _transplant(ctx, number, output, is_input, len(raw))
            else:
                if is_input:
                    output = _as_view(output, id(output) in kept)
                _set_edge(output, (ctx, number))
        elif not output.requires_grad:
            if is_input and not is_dirty:
                output = _as_view(output, id(output) in kept)
        elif is_input:
            output = output.detach()
        elif output._view is None:
            output.detach_()
        if output._view is not None and not (is_input and is_dirty):
            output._view.made_in = "function"
        outputs.append(output)
    if differentiable > 1:
        for output in outputs:
            if isinstance(output, Tensor) and output._view is not None:
                output._view.made_in = "multi"
    if dirty - {id(o) for o in raw}:
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
            "inplace must all be outputs of the Function."
        )
    return outputs


def _as_view(tensor: Tensor, kept: bool) -> Tensor:
    """An input that is returned as it is, as a view of itself."""
    if kept:
        raise RuntimeError(IS_SAVED_INPUT)
    tensor._share()
    view: Tensor = without_grad(view_of, tensor, tensor._value, "view", False)
    if modes.special and hasattr(tensor, "_layer"):
        view._layer = tensor._layer
    return view


def _set_edge(tensor: Tensor, edge: Edge) -> None:
    tensor._edge = edge
    tensor._leaf = None
    if tensor._view is not None:
        tensor._view.version = tensor._version


def _transplant(ctx: BackwardFunction, number: int, tensor: Tensor, is_input: bool, count: int) -> None:
    """Put the node between an input that forward wrote to and what it was made of.

    Raises:
        RuntimeError: It may not be written to.
    """
    if tensor._edge is None and tensor.requires_grad:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    if not is_input:
        warn(
            "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be passed to "
            "ctx.mark_dirty().",
            UserWarning,
        )
    if tensor._view is not None and count > 1:
        raise RuntimeError(VIEW_AND_MORE)
    check_inplace(tensor, True, uniform=True)
    tensor._grad = None
    rebase_history(tensor, ctx, number)


def keep_saved(ctx: BackwardFunction) -> None:
    """Keep what `save_for_backward` was given.

    Raises:
        RuntimeError: It is an inference tensor.
    """
    items: list[Any] = []
    versions: list[int] = []
    outputs: dict[int, Tensor] = {}
    for tensor in ctx.to_save or ():
        if tensor is None:
            items.append(None)
            versions.append(0)
            continue
        if tensor.is_inference():
            raise RuntimeError(INFERENCE_MESSAGE)
        edge = tensor._edge
        if edge is not None and edge[0] is ctx:
            outputs[edge[1]] = tensor
            items.append(SavedResult(tensor._value, tensor._counter, edge[1]))
        else:
            items.append(tensor)
        versions.append(tensor._version)
    ctx._saved = pack(items, outputs) if state.saved_hooks else tuple(items)
    ctx._versions = tuple(versions)


def check_to_save(ctx: BackwardFunction) -> None:
    """See that `save_for_backward` was given tensors.

    Raises:
        RuntimeError: It was not given a tuple.
        TypeError: It was given something else.
    """
    if ctx.to_save is None:
        return
    if not isinstance(ctx.to_save, tuple):
        raise RuntimeError("autograd internal error: to_save attribute is expected to be a tuple but is ")
    for position, tensor in enumerate(ctx.to_save):
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {position} is of type {type(tensor).__name__}"
            )
