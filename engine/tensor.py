"""Tensor: memory, its version, and its place in the graph.

The methods that compute are added by the rooms that define them (`ops`, `history`, `inplace`, `autograd`); here is only what a
tensor is.

A 0-d tensor may hold a NumPy scalar instead of a 0-d array: scalars compute ten times as fast. `_share()` turns it into an
array before anybody else can come to write to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import ReferenceType, ref

import numpy as np

from . import dtypes, modes, observe
from .frames import locate, warn
from .modes import state
from .printing import tensor_repr
from .size import CPU, Size, strided
from .size import device as Device
from .size import layout as Layout
from .storage import InferenceCounter, VersionCounter

if TYPE_CHECKING:
    from collections import OrderedDict

    from .graph import AccumulateGrad, Edge, Node

__all__ = ["OWN_DTYPE", "Leaf", "Tensor", "View", "tensor_attribute", "tensor_method", "wrap"]

NON_LEAF_GRAD: Final = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
    "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
    "non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)

INFERENCE_WRITE: Final = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal tensor before doing "
    "inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)


OWN_DTYPE: Final = object()


class Leaf:
    """What a tensor has that requires grad of itself.

    Attributes:
        accumulator: Its AccumulateGrad, as long as some graph uses it.
        hooks: Its tensor hooks; they outlive the AccumulateGrad.
        post_hooks: Its post-accumulate-grad hooks.
        grad_dtype: The dtype of its gradient, None for any; OWN_DTYPE if that is the tensor's.
    """

    __slots__ = ("accumulator", "grad_dtype", "hooks", "post_hooks")

    def __init__(self) -> None:
        self.accumulator: ReferenceType[AccumulateGrad] | None = None
        self.hooks: OrderedDict[int, Any] | None = None
        self.post_hooks: OrderedDict[int, Any] | None = None
        self.grad_dtype: Any = OWN_DTYPE


class View:
    """How a tensor came to share another's memory.

    Attributes:
        base: The tensor that owns the memory (never itself a view).
        version: The base's version the view's `grad_fn` was made for.
        made_in: "grad", "no_grad", "inference" or "multi" (one of several views made at once).
        made_by: The name of the op that made it.
    """

    __slots__ = ("base", "made_by", "made_in", "version")

    def __init__(self, base: Tensor, version: int, made_in: str, made_by: str) -> None:
        self.base = base
        self.version = version
        self.made_in = made_in
        self.made_by = made_by


class Tensor:
    """A multi-dimensional array that knows how it was computed.

    Called, it makes a float tensor from data, or an uninitialised one from sizes, as PyTorch's legacy constructor does.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_counter",
        "_edge",
        "_grad",
        "_layer",
        "_leaf",
        "_observed",
        "_tangent",
        "_value",
        "_view",
    )

    _value: Any
    """An ndarray, or a NumPy scalar for some 0-d tensors."""
    _edge: Edge | None
    """Where the gradient goes: (grad_fn, output number). Views must be asked by `_current_edge()`."""
    _leaf: Any
    """A Leaf if the tensor requires grad of itself, else None."""
    _counter: VersionCounter | None
    """None until the memory is shared or written to."""
    _grad: Tensor | None
    _view: View | None
    _observed: Any
    _layer: Any
    """What makes the tensor one of a transform's (see `transforms.level`); not set for an ordinary one."""
    _tangent: Tensor | None
    """The forward-mode derivative; not set where there is none."""

    if TYPE_CHECKING:
        data: Any

        def __getattr__(self, name: str) -> Any: ...
        def __eq__(self, other: object) -> Any: ...
        def __ne__(self, other: object) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...

    def __new__(cls, *args: Any, **kwargs: Any) -> Tensor:
        if cls is not Tensor and (args and isinstance(args[0], Tensor)):
            return args[0]._as_subclass(cls)
        from .factories import legacy_tensor

        made = legacy_tensor(args, dtypes.get_default_dtype(), "Tensor")
        return made if cls is Tensor else made._as_subclass(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    # -- memory

    def _share(self) -> VersionCounter:
        """Make the memory one that others can write to, and return its version counter."""
        counter = self._counter
        if counter is None:
            counter = self._counter = VersionCounter()
            if modes.watching:
                counter.storage.first = ref(self)
            self._value = value = np.asarray(self._value)
            edge = self._edge
            if edge is not None:
                edge[0].result_shared(edge[1], value, counter)
        return counter

    def _current_edge(self) -> Edge | None:
        """(grad_fn, output number) as of now: writing into a view's base gives the view a new grad_fn."""
        view = self._view
        if view is not None and self._counter is not None and view.version != self._counter.version:
            from .inplace import regenerate

            regenerate(self)
        return self._edge

    def _written(self) -> None:
        """Count an in-place write, and keep the line that made it.

        Raises:
            RuntimeError: The memory belongs to an inference tensor. As in PyTorch, it has been written to all the same.
        """
        counter = self._share()
        if not counter.tracked:
            if not state.inference:
                raise RuntimeError(INFERENCE_WRITE)
            return
        counter.version += 1
        counter.written_at = locate()

    def _as_subclass(self, cls: type[Any]) -> Any:
        """The same memory and history under another class."""
        other = object.__new__(cls)
        self._share()
        for slot in ("_value", "_edge", "_leaf", "_counter", "_grad", "_view"):
            setattr(other, slot, getattr(self, slot))
        return other

    @property
    def _version(self) -> int:
        counter = self._counter
        if counter is not None and not counter.tracked:
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if counter is None else counter.version

    @property
    def _base(self) -> Tensor | None:
        return None if self._view is None else self._view.base

    @property
    def _written_at(self) -> tuple[CodeType, int] | None:
        return None if self._counter is None else self._counter.written_at

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._counter is not None and self._counter.inference

    # -- what it is

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of_numpy(self._value.dtype)

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return _tuple(Size, self._value.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    @property
    def device(self) -> Device:
        """Where the tensor lives."""
        return CPU

    @property
    def layout(self) -> Layout:
        """How it is laid out."""
        return strided

    @property
    def itemsize(self) -> int:
        """Bytes an element takes."""
        return self._value.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes all elements take."""
        return self._value.size * self._value.dtype.itemsize

    # -- its place in the graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for this tensor."""
        if self._leaf is not None or self._edge is not None:
            return True
        return self._view is not None and self._view.base.requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        from .history import set_requires_grad

        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and self._edge is not None:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        set_requires_grad(self, value, "floating point and complex")

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was not computed from tensors that require grad."""
        return self._current_edge() is None

    @property
    def grad_fn(self) -> Node | None:
        """The node that made the tensor; None for a leaf."""
        edge = self._current_edge()
        return None if edge is None else edge[0]

    @property
    def output_nr(self) -> int:
        """Which of its grad_fn's outputs the tensor is."""
        edge = self._current_edge()
        return 0 if edge is None else edge[1]

    @property
    def retains_grad(self) -> bool:
        """Whether `.grad` is filled although the tensor is no leaf."""
        edge = self._current_edge()
        if edge is None or edge[0]._hooks is None:
            return False
        kept = edge[0]._hooks.retained.get(edge[1])
        return kept is not None and kept() is self

    @property
    def grad(self) -> Tensor | None:
        """The gradient accumulated so far."""
        if self._grad is None and self._edge is not None and not self.retains_grad:
            warn(NON_LEAF_GRAD, UserWarning)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        from .history import check_grad

        check_grad(self, value)
        self._grad = value
        if observe.active is not None:
            observe.active.grad_assigned(self, value)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    # -- Python's own protocols

    def __repr__(self) -> str:
        layer = getattr(self, "_layer", None)
        if layer is not None:
            return layer.level.describe(layer)
        plain = type(self) is Tensor or type(self).__name__ == "Parameter"
        return tensor_repr(self, "tensor(" if plain else f"{type(self).__name__}(")

    def __format__(self, spec: str) -> str:
        if self._value.ndim == 0 and type(self) is Tensor:
            return self._value.item().__format__(spec)
        return object.__format__(self, spec)

    def __len__(self) -> int:
        if self._value.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._value)

    def __iter__(self) -> Iterator[Tensor]:
        if self._value.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __hash__(self) -> int:
        return id(self)

    def __dir__(self) -> list[str]:
        return sorted(
            name for name in {*object.__dir__(self), *self.__dict__} if hasattr(type(self), name) or name in self.__dict__
        )

    def __contains__(self, element: Any) -> bool:
        if isinstance(element, (Tensor, int, float, complex)):
            found: Any = self == element
            return bool(found.any())
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(element)}.")


_new: Final = object.__new__
_tuple: Final = tuple.__new__


def wrap(value: np.ndarray[Any, Any] | np.generic) -> Tensor:
    """A tensor over this memory: no history, no gradient, version 0."""
    tensor = _new(Tensor)
    tensor._value = value
    tensor._edge = tensor._leaf = tensor._counter = tensor._grad = tensor._view = None
    if modes.special and state.inference:
        tensor._counter = InferenceCounter()
        tensor._value = np.asarray(value)
    return tensor


F = TypeVar("F", bound=Callable[..., Any])


def tensor_attribute(name: str, value: Any) -> None:
    """Give Tensor an attribute: a method under another name than its function's, or a property."""
    setattr(Tensor, name, value)


def tensor_method(function: F) -> F:
    """Make a function a method of Tensor."""
    tensor_attribute(function.__name__, function)
    return function
