"""Between tensors and what is not: Python numbers, NumPy arrays, other dtypes; and what describes a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, geometry
from .api import op, public
from .dtypes import dtype as Dtype
from .frames import warn
from .modes import state
from .size import channels_last, contiguous_format, preserve_format
from .size import device as Device
from .size import memory_format as MemoryFormat
from .tensor import Tensor, tensor_attribute, tensor_method

__all__: list[str] = []

_to_copy = op(
    "_to_copy(Tensor self, *, ScalarType? dtype=None)",
    lambda self, dtype=None: (
        self.real if self.dtype.kind == "c" and dtype is not None and not dtype.is_complex else self
    ).astype(self.dtype if dtype is None else dtype._numpy),
    "self as dtype",
    node="ToCopyBackward0",
    keeps_layout=True,
    self="to_dtype(grad, self.dtype)",
)


@tensor_method
def item(self: Tensor) -> Any:
    """The one element as a Python number."""
    if self._value.size != 1:
        raise RuntimeError(f"a Tensor with {self._value.size} elements cannot be converted to Scalar")
    return self._value.item()


@tensor_method
def tolist(self: Tensor) -> Any:
    """The elements as nested lists of Python numbers."""
    return self._value.tolist()


@tensor_method
def numpy(self: Tensor, *, force: bool = False) -> Any:
    """The tensor's memory as an array.

    Raises:
        RuntimeError: The tensor requires grad.
    """
    if self.requires_grad and state.grad_enabled:
        if not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        self = self.detach()
    if getattr(self, "_layer", None) is not None:
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")
    self._share()
    return self._value


@tensor_method
def __array__(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """The tensor as NumPy sees it."""
    return np.array(self.numpy(), dtype, copy=copy) if copy or dtype is not None else self.numpy()


def _number(self: Tensor, kind: Any) -> Any:
    if self._value.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    if self._value.dtype.kind == "c" and kind is not complex and self._value.item().imag:
        raise RuntimeError(f"value cannot be converted to type {'double' if kind is float else 'int64_t'} without overflow")
    if kind in (float, complex) and state.grad_enabled and self.requires_grad:
        warn(
            "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
            "Consider using tensor.detach() first.",
            UserWarning,
        )
    return kind(self._value.item())


@tensor_method
def __float__(self: Tensor) -> float:
    return _number(self, float)


@tensor_method
def __int__(self: Tensor) -> int:
    return _number(self, int)


@tensor_method
def __complex__(self: Tensor) -> complex:
    return _number(self, complex)


@tensor_method
def __index__(self: Tensor) -> int:
    if self._value.size != 1 or self._value.dtype.kind not in "iub":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._value.item())


@tensor_method
def __bool__(self: Tensor) -> bool:
    size = self._value.size
    if size != 1:
        words = "no values" if not size else "more than one value"
        raise RuntimeError(f"Boolean value of Tensor with {words} is ambiguous")
    return bool(self._value)


@tensor_method
def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor as another dtype (or that of another tensor); itself if it has it already."""
    wanted: Dtype | None = kwargs.get("dtype")
    copied = bool(kwargs.get("copy", False))
    if wanted is not None:
        wanted = dtypes.read(wanted)
    for position, argument in enumerate(args):
        if isinstance(argument, type):
            wanted = dtypes.read(argument)
        elif isinstance(argument, Dtype):
            wanted = argument
        elif isinstance(argument, Tensor):
            wanted = argument.dtype
        elif isinstance(argument, (str, Device)):
            Device(argument)
        elif isinstance(argument, bool):
            copied = argument if position == len(args) - 1 and position > 1 else copied
        elif argument is not None and not isinstance(argument, MemoryFormat):
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(argument).__name__})")
    if kwargs.get("device") is not None:
        Device(kwargs["device"])
    if (wanted is None or wanted is self.dtype) and not copied:
        return self
    if self._value.dtype.kind == "c" and wanted is not None and not wanted.is_complex:
        warn("Casting complex values to real discards the imaginary part", UserWarning)
    return _to_copy(self, dtype=wanted or self.dtype)


def _caster(name: str, d: Dtype) -> None:
    def cast(self: Tensor, *, memory_format: Any = None) -> Tensor:
        return to(self, d)

    cast.__name__ = name
    cast.__doc__ = f"The tensor as {d!r}."
    tensor_method(cast)


for _name, _dtype in (
    ("half", dtypes.float16), ("float", dtypes.float32), ("double", dtypes.float64), ("cfloat", dtypes.complex64),
    ("cdouble", dtypes.complex128), ("byte", dtypes.uint8), ("char", dtypes.int8), ("short", dtypes.int16), ("int", dtypes.int32),
    ("long", dtypes.int64), ("bool", dtypes.bool_),
):  # fmt: skip
    _caster(_name, _dtype)


def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False, *, memory_format: Any = None) -> Any:
    """The name of the tensor's type, or the tensor as another dtype."""
    if dtype is None:
        return f"torch.{self.dtype._legacy}Tensor"
    if isinstance(dtype, str):
        found = {f"torch.{d._legacy}Tensor": d for d in dtypes.ALL}.get(dtype)
        if found is None:
            raise ValueError(f"invalid type: '{dtype}'")
        dtype = found
    if isinstance(dtype, type):
        found = getattr(dtype, "dtype", None)
        if not isinstance(found, Dtype):
            raise ValueError(f"invalid type: '{dtype.__name__}'")
        dtype = found
    elif not isinstance(dtype, Dtype):
        raise TypeError("dtype must be a type, str, or dtype object")
    return to(self, dtype)


_type.__name__ = _type.__qualname__ = "type"
tensor_method(_type)


@tensor_method
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor as another tensor's dtype."""
    return to(self, other.dtype)


@tensor_method
def cpu(self: Tensor, *, memory_format: Any = None) -> Tensor:
    """The tensor itself."""
    return self


# -- descriptions


@tensor_method
def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or one of its sizes."""
    if dim is None:
        return self.shape
    from .ops.vocabulary import axis_of

    axis = axis_of(dim, self._value.ndim)
    return self._value.shape[axis]


@tensor_method
def dim(self: Tensor) -> int:
    """The number of dimensions."""
    return self._value.ndim


tensor_attribute("ndimension", dim)


@public
def numel(input: Tensor) -> int:
    """The number of elements."""
    return input._value.size


tensor_attribute("nelement", numel)


@tensor_method
def element_size(self: Tensor) -> int:
    """Bytes an element takes."""
    return self.itemsize


@tensor_method
def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements lie between neighbours along each dimension."""
    strides = geometry.strides_of(self._value)
    return strides if dim is None else strides[dim]


@tensor_method
def storage_offset(self: Tensor) -> int:
    """How many elements into its memory the tensor begins."""
    return geometry.storage_offset(self._value)


@tensor_method
def data_ptr(self: Tensor) -> int:
    """The address of the first element."""
    self._share()
    return geometry.address(self._value)


@tensor_method
def is_contiguous(self: Tensor, *, memory_format: MemoryFormat = contiguous_format) -> bool:
    """Whether the elements lie in memory without gaps: row by row, or as another memory format says."""
    if memory_format is contiguous_format or memory_format is preserve_format:
        return geometry.is_contiguous(self._value)
    rank = 4 if memory_format is channels_last else 5
    return self._value.ndim == rank and bool(np.moveaxis(self._value, 1, -1).flags.c_contiguous)


@public
def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a real floating point type."""
    return input._value.dtype.kind == "f"


@public
def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex."""
    return input._value.dtype.kind == "c"


@tensor_method
def is_signed(self: Tensor) -> bool:
    """Whether the dtype has negative values."""
    return self.dtype.is_signed


@public
def is_nonzero(input: Tensor) -> bool:
    """Whether the one element is not zero."""
    return bool(input)


@tensor_method
def _is_view(self: Tensor) -> bool:
    return self._view is not None


@tensor_method
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether two tensors are the very same window on the same memory."""
    a, b = self._value, tensor._value
    same = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and geometry.address(a) == geometry.address(b)
    return bool(same and a.shape == b.shape and a.strides == b.strides)


@public(method=False)
def is_inference(input: Tensor) -> bool:
    """Whether the tensor was made in inference mode."""
    return input.is_inference()


@public(method=False)
def is_tensor(obj: Any) -> bool:
    """Whether an object is a Tensor."""
    return isinstance(obj, Tensor)


@public
def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements agree: |input - other| <= atol + rtol * |other|."""
    if input.dtype is not other.dtype:
        raise RuntimeError(f"{input.dtype._legacy} did not match {other.dtype._legacy}")
    return bool(np.allclose(input._value, other._value, rtol, atol, equal_nan))


op(
    "isclose(Tensor self, Tensor other, float rtol=1e-05, float atol=1e-08, bool equal_nan=False)",
    np.isclose,
    "whether |self - other| <= atol + rtol * |other|",
)


@public
def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(input._value, other._value))


@public(method=False)
def result_type(tensor1: Any, tensor2: Any) -> Dtype:
    """The dtype of arithmetic on two operands."""
    return dtypes.result_dtype([t._value if isinstance(t, Tensor) else t for t in (tensor1, tensor2)])


@public(method=False)
def can_cast(from_: Dtype, to: Dtype) -> bool:
    """Whether arithmetic may store one dtype in another."""
    return dtypes.category(dtypes.read(from_)) <= dtypes.category(dtypes.read(to))


@public(method=False)
def promote_types(type1: Dtype, type2: Dtype) -> Dtype:
    """The smallest dtype both convert to."""
    return dtypes.promote_types(dtypes.read(type1), dtypes.read(type2))
