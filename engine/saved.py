"""What a node keeps for its rule: packing, version checks and freeing.

An argument is kept as the Tensor itself, for it lies upstream. An output is kept as its bare value, for the node must not
hold what holds the node.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from weakref import ReferenceType

import numpy as np

from . import dtypes
from .geometry import storage_offset, strides_of
from .modes import state
from .packing import Packed
from .rules import ARGUMENT, ARRAYS, DTYPE, GEOMETRY, OUTPUT, SHAPE, STRIDES, TENSORS_OF
from .storage import VersionCounter
from .tensor import Tensor, wrap

if TYPE_CHECKING:
    from .graph import Node, OpNode
    from .rules import Rule

__all__ = [
    "FREED",
    "INFERENCE_MESSAGE",
    "SavedResult",
    "TensorList",
    "as_tensor",
    "aspect_of",
    "check_version",
    "freed",
    "listed_tensor",
    "release",
    "result_of",
    "save",
    "save_arguments",
    "save_outputs",
    "saved_tensors",
    "saved_value",
]

FREED_MESSAGE: Final = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
    "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if "
    "you need to backward through the graph a second time or if you need to access saved tensors after calling backward."
)
INFERENCE_MESSAGE: Final = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked "
    "by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
    "`torch.no_grad()` instead of `torch.inference_mode()`."
)


class SavedResult:
    """An output as its own node keeps it.

    Attributes:
        value: The output's memory.
        counter: Its version counter, once anybody else can write to it.
        output_nr: Which output it is.
        twin: What else makes the output what it is, where it belongs to a transform or has a tangent; not set elsewhere.
        view_fn: Of a view that was written to, the grad_fn it got by that; not set elsewhere.
    """

    __slots__ = ("counter", "output_nr", "twin", "value", "view_fn")

    twin: Tensor
    view_fn: ReferenceType[Node]

    def __init__(self, value: Any, counter: VersionCounter | None, output_nr: int) -> None:
        self.value = value
        self.counter = counter
        self.output_nr = output_nr


class TensorList(list[Any]):
    """The tensors of a `Tensor[]` argument, kept.

    Attributes:
        versions: The version of each when it was kept.
    """

    __slots__ = ("versions",)

    def __init__(self, tensors: Iterable[Any]) -> None:
        super().__init__(tensors)
        self.versions = tuple([0 if t is None or t._counter is None else t._counter.version for t in self])


class _Freed:
    """Stands where a saved tensor was."""

    __slots__ = ()


FREED: Final = _Freed()


def save(rule: Rule, arguments: Sequence[Any], outputs: Sequence[Tensor]) -> tuple[tuple[Any, ...], tuple[int, ...] | None]:
    """Keep what a rule names.

    Returns:
        The kept items, and the version of each, or None if every version is 0.

    Raises:
        RuntimeError: One of them was made in inference mode.
    """
    items, counted = save_arguments(rule, arguments)
    return save_outputs(rule, items, versions_of(items) if counted else None, outputs)


def save_arguments(rule: Rule, arguments: Sequence[Any]) -> tuple[list[Any], bool]:
    """Keep what a rule names of the arguments; None stands where an output will be.

    Returns:
        The kept items, and whether the writes to one of them are being counted.
    """
    items: list[Any] = []
    counted = False
    for what, index in rule.plan:
        if what >= OUTPUT:
            items.append(None)
            continue
        item = arguments[index]
        if what == ARGUMENT:
            if isinstance(item, Tensor) and item._counter is not None:
                counted = True
        elif what == TENSORS_OF:
            item = TensorList(item)
        else:
            item = aspect_of(item, what)
        items.append(item)
    return items, counted


def save_outputs(
    rule: Rule, items: list[Any], versions: tuple[int, ...] | None, outputs: Sequence[Tensor]
) -> tuple[tuple[Any, ...], tuple[int, ...] | None]:
    """Keep what a rule names of the outputs, beside what `save_arguments` kept of the arguments at the given versions."""
    numbers: list[int] | None = None
    for place, (what, index) in enumerate(rule.plan):
        if what < OUTPUT:
            continue
        tensor = outputs[index]
        items[place] = SavedResult(tensor._value, tensor._counter, index)
        if tensor._counter is not None and tensor._counter.version:
            numbers = numbers or ([0] * len(items) if versions is None else list(versions))
            numbers[place] = tensor._counter.version
    return tuple(items), versions if numbers is None else tuple(numbers)


def aspect_of(argument: Any, what: int) -> Any:
    """The shape, strides, geometry or dtype of an argument, which may be a number, or a list of those."""
    if isinstance(argument, Tensor):
        if what == GEOMETRY:
            return argument._value.shape, strides_of(argument._value), storage_offset(argument._value)
        if what == SHAPE:
            return argument._value.shape
        return strides_of(argument._value) if what == STRIDES else argument.dtype
    if argument is None:
        return None
    if isinstance(argument, tuple):
        return [aspect_of(a, what) for a in argument]
    return dtypes.of_number(argument) if what == DTYPE else ()


def versions_of(items: Sequence[Any]) -> tuple[int, ...] | None:
    """The version of each kept tensor now; None if none was ever written to."""
    versions: list[int] | None = None
    for place, item in enumerate(items):
        counter = item.counter if item.__class__ is SavedResult else getattr(item, "_counter", None)
        if counter is not None:
            if counter.inference:
                raise RuntimeError(INFERENCE_MESSAGE)
            if counter.version:
                versions = versions or [0] * len(items)
                versions[place] = counter.version
    return None if versions is None else tuple(versions)


def _modified(node: Any, counter: VersionCounter, item: Any, expected: int) -> RuntimeError:
    """The error for a saved tensor that was written to, in PyTorch's words, with both lines noted on it."""
    value = item.value if item.__class__ is SavedResult else item._value
    if item.__class__ is SavedResult:
        view_fn = getattr(item, "view_fn", None)
        edge = (node, item.output_nr) if view_fn is None or view_fn() is None else (view_fn(), 0)
    else:
        edge = item._current_edge()
    origin = ""
    if edge is not None:
        origin = f", which is output {edge[1]} of {edge[0].forward_name()},"
    hint = (
        "the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
        "changed in there or anywhere later. Good luck!"
        if state.anomaly
        else "enable anomaly detection to find the operation that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    shape = ", ".join(map(str, np.shape(value)))
    error = RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{dtypes.type_name(dtypes.of_array(value))} [{shape}]]{origin} is at version {counter.version}; expected version "
        f"{expected} instead. Hint: {hint}"
    )
    vars(error).update(saved_at=node.location, written_at=counter.written_at)
    return error


def check_version(node: Any, index: int, item: Any, counter: VersionCounter) -> None:
    """See that a kept tensor is as it was when kept.

    Raises:
        RuntimeError: It was written to.
    """
    expected = 0 if node._versions is None else node._versions[index]
    if counter.version != expected:
        raise _modified(node, counter, item, expected)


def check_original(node: Any, index: int, item: Tensor, counter: VersionCounter) -> None:
    """As `check_version`, for a tensor that a rule is about to use and that is no output.

    Raises:
        RuntimeError: It was written to, or detached in place.
    """
    check_version(node, index, item, counter)
    if counter.detached_at > node.sequence_nr:
        raise RuntimeError(
            "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_()."
            "This is not supported, please use out-of-place `.detach()` instead"
        )


def untouched(node: Any, index: int, counter: VersionCounter) -> bool:
    """Whether a kept tensor is as it was when kept, and was never detached in place."""
    versions = node._versions
    return counter.version == (0 if versions is None else versions[index]) and counter.detached_at < 0


def freed() -> RuntimeError:
    """The error for a node whose saved tensors are gone."""
    return RuntimeError(FREED_MESSAGE)


def saved_value(node: OpNode, index: int, item: Any) -> Any:
    """One of the things a node kept, as a plain array or value.

    Raises:
        RuntimeError: It was freed, or written to since.
    """
    if isinstance(item, Tensor):
        if item._counter is not None:
            check_original(node, index, item, item._counter)
        return item._value
    if item.__class__ is SavedResult:
        if item.counter is not None:
            check_version(node, index, item, item.counter)
        return item.value
    if item.__class__ is TensorList:
        return [None if t is None else t._value for t in _listed(node, item)]
    if item.__class__ is Packed:
        return item.data()._value
    if item is FREED:
        raise freed()
    return item


# What compiled rules call to keep things, and to get at what their node keeps.
ARRAYS.update(
    freed=freed,
    unpacked=saved_value,
    untouched=untouched,
    aspect=aspect_of,
    Tensor=Tensor,
    FREED=FREED,
    SavedResult=SavedResult,
    strides_of=strides_of,
    TensorList=TensorList,
)


def as_tensor(node: Any, index: int, item: Any) -> Any:
    """One kept item, as a Tensor if it was one."""
    if item is FREED:
        raise freed()
    if isinstance(item, Tensor):
        if item._counter is not None:
            check_version(node, index, item, item._counter)
        return item
    if item.__class__ is SavedResult:
        if item.counter is not None:
            check_version(node, index, item, item.counter)
        return result_of(node, item)
    if item.__class__ is Packed:
        return item.tensor(node)
    if item.__class__ is TensorList:
        return _listed(node, item)
    return item


def _listed(node: Any, items: TensorList) -> tuple[Any, ...]:
    """The tensors of a kept list."""
    return tuple([listed_tensor(node, items, index) for index in range(len(items))])


def listed_tensor(node: Any, items: TensorList, index: int) -> Any:
    """One tensor of a kept list.

    Raises:
        RuntimeError: It was written to since.
    """
    item = items[index]
    if isinstance(item, Packed):
        return item.tensor(node)
    if item is not None and item._counter is not None and item._counter.version != items.versions[index]:
        raise _modified(node, item._counter, item, items.versions[index])
    return item


def result_of(node: Any, item: SavedResult) -> Tensor:
    """An output its own node kept, as the tensor it was."""
    tensor = wrap(item.value)
    tensor._counter = item.counter
    row = getattr(node, "_op", None)
    if item.value.dtype.kind in "fc" and (row is None or item.output_nr not in row.constant_outputs):
        tensor._edge = (node, item.output_nr)
    twin = getattr(item, "twin", None)
    if twin is not None:
        for slot in ("_layer", "_tangent"):
            if hasattr(twin, slot):
                setattr(tensor, slot, getattr(twin, slot))
    return tensor


def saved_tensors(node: OpNode) -> list[Any]:
    """What a node kept, with Tensors that know where they come from, for a pass that is itself differentiated."""
    if node._saved is None:
        raise freed()
    for index, item in enumerate(node._saved):
        if isinstance(item, Tensor) and item._counter is not None:
            check_original(node, index, item, item._counter)
    return [as_tensor(node, index, item) for index, item in enumerate(node._saved)]


def release(node: OpNode) -> bool:
    """Drop the tensors a node kept; False if it kept none."""
    rule = node._rule
    if not rule.releases or node._saved is None:
        return False
    node._saved = rule.stripped(node._saved)
    return True
