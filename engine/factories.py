"""Making tensors from data and from sizes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes, modes, observe
from .api import FUNCTIONS
from .dtypes import dtype as Dtype
from .frames import warn
from .history import set_requires_grad
from .modes import state
from .rules import TENSORS
from .size import device as Device
from .tensor import Tensor, tensor_method, wrap

__all__ = ["finish", "legacy_tensor", "shape_of"]


def finish(value: Any, function: str, requires_grad: bool = False, device: Any = None, pin_memory: bool = False) -> Tensor:
    """Make a new memory a tensor, and tell whoever listens.

    Raises:
        NotImplementedError: The device is not the CPU.
        RuntimeError: An integer tensor cannot require grad.
    """
    if device is not None:
        Device(device)
    modes.prepare_thread()
    tensor = wrap(value)
    if requires_grad:
        if tensor._value.dtype.kind not in "fc":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        set_requires_grad(tensor, True, "floating point and complex")
    if observe.active is not None:
        observe.active.tensor_created(tensor, function)
    if modes.special and state.level is not None:
        return state.level.made(tensor)
    return tensor


def factory(function: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a function in `torch`."""
    name = function.__name__.rstrip("_")
    function.__name__ = function.__qualname__ = name
    function.__module__ = "torch"
    FUNCTIONS[name] = function
    return function


def shape_of(size: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """A shape given as one sequence or as separate numbers.

    Raises:
        RuntimeError: A size is negative.
        TypeError: A size is no integer.
    """
    if len(size) == 1 and not isinstance(size[0], (tuple, list, Tensor)) and not hasattr(size[0], "__index__"):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(size[0]).__name__}")
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    numbers = []
    for i, n in enumerate(size):
        if isinstance(n, Tensor) and n._value.ndim == 0:
            n = n.item()
        if not hasattr(n, "__index__"):
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, but found element of type {type(n).__name__} at pos {i}"
            )
        numbers.append(n.__index__())
    if any(n < 0 for n in numbers):
        if name in ("zeros", "ones", "full"):
            raise RuntimeError(f"{name}: Dimension size must be non-negative.")
        negative = next(n for n in numbers if n < 0)
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {numbers}")
    return tuple(numbers)


def _kind(d: Dtype | None) -> Any:
    return (dtypes.get_default_dtype() if d is None else d)._numpy


# -- from data


def _nested(data: Any) -> tuple[list[int], list[Any]]:
    """The shape and the numbers of nested sequences.

    Raises:
        ValueError: They are ragged.
    """
    shape: list[int] = []
    probe = data
    while isinstance(probe, (list, tuple)) or (isinstance(probe, (Tensor, np.ndarray)) and probe.ndim > 0):
        shape.append(len(probe))
        if not len(probe):
            break
        probe = probe[0]
    flat: list[Any] = []

    def walk(item: Any, level: int) -> None:
        if level == len(shape):
            if isinstance(item, (list, tuple)):
                raise TypeError(f"'{type(item).__name__}' object cannot be interpreted as an integer")
            flat.append(item.item() if isinstance(item, (Tensor, np.ndarray, np.generic)) else item)
            return
        if not isinstance(item, (list, tuple, Tensor, np.ndarray)):
            raise TypeError("not a sequence")
        if len(item) != shape[level]:
            raise ValueError(f"expected sequence of length {shape[level]} at dim {level} (got {len(item)})")
        for part in item:
            walk(part, level + 1)

    walk(data, 0)
    return shape, flat


def _no_number(item: Any) -> Exception:
    """The error for something no tensor can hold."""
    if isinstance(item, str):
        return TypeError(f"new(): invalid data type '{type(item).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(item).__name__}")


def _inferred(flat: Sequence[Any]) -> Dtype:
    found = dtypes.bool_ if flat else dtypes.get_default_dtype()
    for item in flat:
        if not isinstance(item, (bool, int, float, complex)):
            raise _no_number(item)
        found = dtypes.promote_types(found, dtypes.of_number(item))
    return found


def array_of(data: Any, d: Dtype | None) -> Any:
    """Memory holding data: numbers, nested sequences of them, arrays or tensors; always a copy.

    Raises:
        TypeError: The data is no number.
        ValueError: The sequences are ragged.
    """
    if isinstance(data, Tensor):
        return np.array(data._value, None if d is None else d._numpy)
    if isinstance(data, (np.ndarray, np.generic)):
        return np.array(data, (d or dtypes.of_array(data))._numpy)
    if isinstance(data, float):
        return _kind(d).type(data)
    if not isinstance(data, (list, tuple)):
        if hasattr(data, "__array__"):
            return array_of(np.asarray(data), d)
        return (d or _inferred([data]))._numpy.type(data)
    if isinstance(data, range):
        data = list(data)
    shape, flat = _nested(data)
    kind = (d or _inferred_with_tensors(data, flat))._numpy
    if any(isinstance(item, complex) for item in flat) and kind.kind != "c":
        raise TypeError("must be real number, not complex")
    try:
        return np.array(flat, kind).reshape(shape)
    except OverflowError:
        raise RuntimeError(
            f"value cannot be converted to type {kind.name}{'_t' if kind.kind == 'i' else ''} without overflow"
        ) from None
    except (TypeError, ValueError):
        raise _no_number(next((item for item in flat if not isinstance(item, (bool, int, float, complex))), flat[0])) from None


def _inferred_with_tensors(data: Any, flat: Sequence[Any]) -> Dtype:
    """The dtype of a list: of its tensors if it holds any, else of its numbers."""
    probe = data
    while isinstance(probe, (list, tuple)) and probe:
        probe = probe[0]
    if isinstance(probe, Tensor):
        return probe.dtype
    if isinstance(probe, (np.ndarray, np.generic)):
        return dtypes.of_array(probe)
    return _inferred(flat)


@factory
def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf holding a copy of the data."""
    if isinstance(data, Tensor):
        warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
        )
    if isinstance(data, range):
        data = list(data)
    return finish(array_of(data, dtype), "tensor", requires_grad, device)


@factory
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor: a tensor itself, the memory of an array, a copy of anything else."""
    if isinstance(data, Tensor):
        return data if dtype is None or dtype is data.dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or dtypes.of_array(data) is dtype):
        return from_numpy(data)
    return finish(array_of(data, dtype), "as_tensor", device=device)


FUNCTIONS["asarray"] = as_tensor


@factory
def from_numpy(ndarray: Any, /) -> Tensor:
    """A tensor over an array's memory: writes to either are seen by both."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.of_array(ndarray)
    if min(ndarray.strides, default=0) < 0:
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
            "(You can probably work around this by making a copy of your array  with array.copy().) "
        )
    if not ndarray.flags.writeable:
        warn(
            "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this "
            "tensor will result in undefined behavior. You may want to copy the array to protect its data or make it writable before "
            "converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
            UserWarning,
        )
    made = finish(ndarray, "from_numpy")
    made._share()
    return made


@factory
def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor of one number."""
    return finish(_kind(dtype).type(s), "scalar_tensor", requires_grad, device)


def legacy_tensor(*args: Any, **kwargs: Any) -> Tensor:
    """What calling `torch.Tensor` makes: floats from data, or memory of a size."""
    if not args:
        return finish(np.empty(0, _kind(None)), "Tensor")
    if len(args) == 1 and isinstance(args[0], (list, tuple, np.ndarray)) and not hasattr(args[0], "numel"):
        return finish(np.asarray(array_of(args[0], dtypes.get_default_dtype())), "Tensor")
    if len(args) == 1 and isinstance(args[0], Tensor):
        return args[0].detach()
    return finish(np.zeros(shape_of(args, "Tensor"), _kind(None)), "Tensor")


# -- from sizes


@factory
def zeros(
    *size: Any,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros of a shape."""
    return finish(np.zeros(shape_of(size, "zeros"), _kind(dtype)), "zeros", requires_grad, device)


@factory
def ones(
    *size: Any,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Ones of a shape."""
    return finish(np.ones(shape_of(size, "ones"), _kind(dtype)), "ones", requires_grad, device)


@factory
def empty(
    *size: Any, out: Any = None, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False,
    memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """Memory of a shape. It is zeroed: what lay there before would be of no use to anybody."""
    return finish(np.zeros(shape_of(size, "empty"), _kind(dtype)), "empty", requires_grad, device)


@factory
def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """One number, over a shape."""
    number = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    d = dtype or dtypes.of_number(number)
    return finish(np.full(shape_of((size,), "full"), number, d._numpy), "full", requires_grad, device)


def _like(name: str, make: Callable[..., Any], doc: str) -> None:
    def like(
        input: Tensor,
        *,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Tensor:
        if modes.special and state.level is not None:
            options = {"dtype": dtype, "device": device}
            return state.level.made_like(like, input, **options)
        value = make(input._value, dtype=None if dtype is None else dtype._numpy)
        return finish(value, like.__name__, requires_grad, device)

    like.__name__ = f"{name}_like"
    like.__doc__ = doc
    factory(like)


_like("zeros", np.zeros_like, "Zeros of input's shape and dtype.")
_like("ones", np.ones_like, "Ones of input's shape and dtype.")
_like("empty", np.zeros_like, "Memory of input's shape and dtype.")


@factory
def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    """One number, over input's shape."""
    if modes.special and state.level is not None:
        return state.level.made_like(full_like, input, fill_value, dtype=dtype, device=device)
    number = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    return finish(
        np.full_like(input._value, number, dtype=None if dtype is None else dtype._numpy), "full_like", requires_grad, device
    )


def _new(name: str) -> None:
    make = FUNCTIONS[name]

    def new(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        if modes.special and state.level is not None and name != "tensor":
            return state.level.made_like(new, self, *args, dtype=dtype, device=device)
        return make(*args, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)

    new.__name__ = f"new_{name}"
    new.__doc__ = f"As torch.{name}, with this tensor's dtype."
    tensor_method(new)


for _name in ("zeros", "ones", "empty", "full", "tensor"):
    _new(_name)


@factory
def arange(
    *args: Any,
    start: Any = None,
    end: Any = None,
    step: Any = None,
    out: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The numbers from start up to, not including, end."""
    numbers = [a.item() if isinstance(a, Tensor) else a for a in args]
    if len(numbers) == 1:
        end = numbers[0]
    elif numbers:
        start, end, *rest = numbers
        step = rest[0] if rest else step
    first = 0 if start is None else start
    by = 1 if step is None else step
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if (end - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(n, int) for n in (first, end, by))
    d = dtype or (dtypes.int64 if whole else dtypes.get_default_dtype())
    count = math.ceil((end - first) / by)
    wide = np.int64 if whole else np.float64
    return finish((first + np.arange(count, dtype=wide) * by).astype(d._numpy), "arange", requires_grad, device)


@factory
def linspace(
    start: Any, end: Any, steps: int, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` numbers from start to end, both included, evenly spaced."""
    d = dtype or dtypes.get_default_dtype()
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = d._numpy
    first, last = kind.type(start), kind.type(end)
    # As ATen does: from each end towards the middle, in the dtype itself.
    by = (last - first) / kind.type(steps - 1) if steps > 1 else kind.type(0)
    places = np.arange(steps)
    value = np.where(places < steps // 2, first + by * places.astype(kind), last - by * (steps - 1 - places).astype(kind))
    if steps == 1:
        value = np.array([first])
    return finish(value.astype(kind), "linspace", requires_grad, device)


@factory
def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`steps` powers of base, from base ** start to base ** end."""
    d = dtype or dtypes.get_default_dtype()
    return finish((base ** np.linspace(start, end, steps)).astype(d._numpy), "logspace", requires_grad, device)


@factory
def eye(
    n: int, m: int | None = None, *, out: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere."""
    return finish(np.eye(n, m, dtype=_kind(dtype)), "eye", requires_grad, device)


@factory
def complex_(real: Tensor, imag: Tensor) -> Tensor:
    """A complex tensor from its parts."""
    return finish((real._value + 1j * imag._value).astype(real.dtype.to_complex()._numpy), "complex")


for _name in ("zeros_like", "ones_like", "empty_like"):
    TENSORS.setdefault(_name, FUNCTIONS[_name])
