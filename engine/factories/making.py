"""What all factories have in common: dtypes, shapes, `out=`, `requires_grad=`, and telling whoever listens."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .. import dtypes, modes, observe
from ..api import FUNCTIONS
from ..dispatch import recording
from ..dtypes import dtype as Dtype
from ..frames import warn
from ..history import c_name, set_requires_grad
from ..inplace import run_inplace
from ..modes import state
from ..size import device as Device
from ..size import layout as Layout
from ..table import TABLE
from ..tensor import Tensor, wrap

__all__ = ["check_sizes", "factory", "filled_with", "finish", "kind_of", "offered", "shape_of"]


def finish(value: Any, function: str, requires_grad: bool = False, device: Any = None) -> Tensor:
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
        _require_grad(tensor)
    if observe.active is not None:
        observe.active.tensor_created(tensor, function)
    if modes.special and state.level is not None:
        return state.level.made(tensor)
    return tensor


def _require_grad(tensor: Tensor) -> None:
    if tensor._value.dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    set_requires_grad(tensor, True, "floating point and complex")


def offered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a function in `torch`."""
    name = function.__name__.rstrip("_")
    function.__name__ = function.__qualname__ = name
    function.__module__ = "torch"
    FUNCTIONS[name] = function
    return function


# What comes besides a factory's own parameters.
_OPTIONS: Final = [
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, default, annotation in (
        *(("out", None, "Any"), ("dtype", None, "Any"), ("layout", None, "Any"), ("device", None, "Any")),
        *(("pin_memory", False, "bool"), ("requires_grad", False, "bool")),
    )
]


def factory(
    make: Callable[..., Any] | None = None, /, *, fills: bool = True, keeps_shape: bool = False, warns: bool = False
) -> Callable[..., Any]:
    """A function with the options of all factories, of one that makes an array.

    Args:
        make: Takes the dtype (a torch.dtype, or None where the caller gave none), then the factory's own arguments.
        fills: Whether what `make` makes is written into `out`; else only its shape counts.
        keeps_shape: Whether `out` keeps its shape if it has as many elements.
        warns: Whether a resize of an `out` that holds elements is warned of.
    """
    if make is None:
        return lambda given: factory(given, fills=fills, keeps_shape=keeps_shape, warns=warns)
    name = make.__name__.strip("_")
    own = list(inspect.signature(make).parameters.values())[1:]
    spread = own[0].name == "size" and own[0].kind is inspect.Parameter.VAR_POSITIONAL

    def made(
        *args: Any,
        out: Any = None,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        if dtype is not None and dtype.__class__ is not Dtype:
            try:
                dtype = dtypes.read(dtype)
            except TypeError as error:
                raise TypeError(f"{name}(): argument 'dtype' {error}") from None
        if layout is not None and not isinstance(layout, Layout):
            raise TypeError(f"{name}(): argument 'layout' must be torch.layout, not {type(layout).__name__}")
        if requires_grad.__class__ is not bool:
            raise TypeError(f"{name}(): argument 'requires_grad' must be bool, not {type(requires_grad).__name__}")
        if "size" in named and spread:
            if args:
                raise TypeError(f"{name}() got multiple values for argument 'size'")
            args = (named.pop("size"),)
        if out is None:
            if pin_memory:
                raise RuntimeError(
                    "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this "
                    "system."
                )
            return finish(make(dtype, *args, **named), name, requires_grad, device)
        _check_out(name, out, dtype, fills)
        if device is not None:
            Device(device)
        _place(out, np.asarray(make(out.dtype, *args, **named)), name, fills, keeps_shape, warns)
        if requires_grad:
            _require_grad(out)
        elif out.is_leaf and out.requires_grad:
            out.requires_grad_(False)
        result: Tensor = out
        return result

    made.__name__ = made.__qualname__ = name
    made.__doc__ = make.__doc__
    made.__signature__ = inspect.Signature([*own, *_OPTIONS])  # type: ignore[attr-defined]
    return made


def _check_out(name: str, out: Any, dtype: Dtype | None, fills: bool) -> None:
    """See that a factory may write to `out`.

    Raises:
        RuntimeError: It has another dtype than was asked for, or requires grad.
        TypeError: It is no tensor.
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(f"dtype {dtype._legacy} does not match dtype of out parameter ({out.dtype._legacy})")
    if recording() and out.requires_grad:
        raise RuntimeError(
            f"aten::{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
            "requires grad."
            if fills
            else "cannot resize variables that require grad"
        )


def _place(out: Tensor, value: np.ndarray[Any, Any], name: str, fills: bool, keeps_shape: bool, warns: bool) -> None:
    """Bring `out` to the shape of what was made, and write it there."""
    shape = out._value.shape
    if keeps_shape and out._value.size == value.size:
        value = value.reshape(shape)
    elif shape != value.shape:
        if warns and out._value.size:
            warn(
                f"The number of elements in the out tensor of shape {list(shape)} is {out._value.size} which does not match the "
                f"computed number of elements {value.size}. Note that this may occur as a result of rounding error. The out tensor "
                f"will be resized to a tensor of shape ({value.size},).",
                UserWarning,
            )
        out.resize_(value.shape)
        if not fills:
            out._written()
    if fills:
        run_inplace(TABLE["copy"], [out, wrap(value), False], name)


def shape_of(size: tuple[Any, ...], name: str) -> tuple[int, ...]:
    """A shape given as one sequence or as separate numbers.

    Raises:
        RuntimeError: A size is negative.
        TypeError: A size is no integer.
    """
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = tuple(size[0])
    elif not size:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    elif isinstance(size[0], bool) or not _is_integer(size[0]):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(size[0]).__name__}")
    numbers = []
    for i, n in enumerate(size):
        if isinstance(n, bool) or not _is_integer(n):
            raise TypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, but found element of type {type(n).__name__} at pos {i}"
            )
        numbers.append(n.__index__())
    check_sizes(numbers, name)
    return tuple(numbers)


def _is_integer(n: Any) -> bool:
    return hasattr(n, "__index__") and getattr(n, "ndim", 0) == 0


def check_sizes(sizes: list[int], name: str = "") -> None:
    """See that a tensor can have these sizes.

    Raises:
        RuntimeError: One is negative, or they are too many elements to count.
    """
    negative = next((n for n in sizes if n < 0), None)
    if negative is not None:
        if name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative}: {sizes}")
    total = 1
    for n in sizes:
        total *= n
    if total >= 2**63:
        raise RuntimeError(f"Storage size calculation overflowed with sizes={sizes}")


def kind_of(d: Dtype | None) -> np.dtype[Any]:
    """NumPy's dtype for a torch.dtype; for None, for the default one."""
    return (dtypes.get_default_dtype() if d is None else d)._numpy


_INTEGERS: Final = {"int64": "int64_t", "int32": "int", "int16": "int16_t", "int8": "int8_t", "uint8": "uint8_t"}


def filled_with(number: Any, kind: np.dtype[Any], name: str = "") -> Any:
    """A number as an element of a dtype.

    Args:
        number: The number, or a 0-d tensor.
        kind: The dtype.
        name: What an error calls the dtype, if not as C does.

    Raises:
        RuntimeError: The dtype cannot hold it.
    """
    if isinstance(number, (Tensor, np.generic)):
        number = number.item()
    lost = isinstance(number, complex) and kind.kind != "c" and number.imag != 0
    if isinstance(number, complex) and kind.kind != "c":
        number = number.real
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        # As PyTorch, which lets a negative number that fits turn round.
        least = -int(limits.max) if kind.kind == "u" else int(limits.min)
        lost = lost or number != number or not least <= number <= int(limits.max)
    elif kind.kind in "fc" and not lost:
        most = float(np.finfo(kind).max)
        parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
        lost = any(abs(part) > most and abs(part) != float("inf") for part in parts)
    if lost:
        name = name or _INTEGERS.get(kind.name) or c_name(dtypes.of_numpy(kind))
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    if kind.kind in "iu":
        return np.asarray(int(number), np.int64).astype(kind)[()]
    return kind.type(number)
