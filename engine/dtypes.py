"""torch.dtype, and how dtypes are promoted when tensors and numbers meet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

__all__ = [
    "bool_",
    "category",
    "complex64",
    "complex128",
    "dtype",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "int8",
    "int16",
    "int32",
    "int64",
    "of_array",
    "of_number",
    "promote_types",
    "read",
    "result_dtype",
    "set_default_dtype",
    "uint8",
]

BOOL, INTEGRAL, FLOATING, COMPLEX = range(4)


class dtype:  # noqa: N801 (PyTorch's name)
    """The type of a tensor's elements. There is one object for each; they compare by identity.

    Attributes:
        itemsize: Bytes an element takes.
        is_floating_point: Whether it is a real floating point type.
        is_complex: Whether it is a complex type.
        is_signed: Whether it has negative values.
    """

    __slots__ = (
        "__weakref__",
        "_category",
        "_legacy",
        "_name",
        "_numpy",
        "is_complex",
        "is_floating_point",
        "is_signed",
        "itemsize",
    )

    def __init__(self, name: str, scalar: type[np.generic], category: int, legacy: str) -> None:
        self._name = name
        self._numpy = np.dtype(scalar)
        self._category = category
        self._legacy = legacy
        self.itemsize = self._numpy.itemsize
        self.is_floating_point = category == FLOATING
        self.is_complex = category == COMPLEX
        self.is_signed = name not in ("bool", "uint8")

    def to_complex(self) -> dtype:
        """The complex type whose parts have this type.

        Raises:
            NotImplementedError: Half precision has none here.
        """
        if self is float16:
            raise NotImplementedError("complex numbers of half precision (torch.complex32) are not implemented")
        return {float32: complex64, float64: complex128, complex64: complex64, complex128: complex128}[self]

    def to_real(self) -> dtype:
        """The type of this complex type's parts; a real type itself."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> Any:
        return _named, (self._name,)

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, "is_signed"):
            raise AttributeError(f"'torch.dtype' object has no attribute '{name}'")
        object.__setattr__(self, name, value)


def _named(name: str) -> dtype:
    """The dtype of a name, as it is kept in pickles."""
    return next(d for d in ALL if d._name == name)


float16: Final = dtype("float16", np.float16, FLOATING, "Half")
float32: Final = dtype("float32", np.float32, FLOATING, "Float")
float64: Final = dtype("float64", np.float64, FLOATING, "Double")
complex64: Final = dtype("complex64", np.complex64, COMPLEX, "ComplexFloat")
complex128: Final = dtype("complex128", np.complex128, COMPLEX, "ComplexDouble")
uint8: Final = dtype("uint8", np.uint8, INTEGRAL, "Byte")
int8: Final = dtype("int8", np.int8, INTEGRAL, "Char")
int16: Final = dtype("int16", np.int16, INTEGRAL, "Short")
int32: Final = dtype("int32", np.int32, INTEGRAL, "Int")
int64: Final = dtype("int64", np.int64, INTEGRAL, "Long")
bool_: Final = dtype("bool", np.bool_, BOOL, "Bool")

ALL: Final = (float16, float32, float64, complex64, complex128, uint8, int8, int16, int32, int64, bool_)
_BY_PYTHON_TYPE: Final = {bool: bool_, int: int64, float: float64, complex: complex128}
_BY_SCALAR: Final[dict[type, dtype]] = {d._numpy.type: d for d in ALL}

_default = float32


def get_default_dtype() -> dtype:
    """The floating point type that Python floats turn into."""
    return _default


def set_default_dtype(d: dtype, /) -> None:
    """Set the floating point type that Python floats turn into.

    Raises:
        TypeError: `d` is not a floating point type.
    """
    global _default
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def of_array(value: np.ndarray[Any, Any] | np.generic) -> dtype:
    """The dtype of an array.

    Raises:
        TypeError: The array holds what a tensor cannot.
    """
    found = _BY_SCALAR.get(value.dtype.type)
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {value.dtype.type.__module__}.{value.dtype.type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def of_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """The torch.dtype of a NumPy dtype the engine itself uses."""
    return _BY_SCALAR[numpy_dtype.type]


def of_number(number: complex) -> dtype:
    """The dtype a Python number has when it meets nothing but numbers."""
    if isinstance(number, (bool, np.bool_)):
        return bool_
    if isinstance(number, (int, np.integer)):
        return int64
    if isinstance(number, (float, np.floating)):
        return _default
    return _default.to_complex()


def read(given: Any) -> dtype:
    """A dtype given as an argument: itself, or Python's own type of number.

    Raises:
        TypeError: It is neither.
    """
    if isinstance(given, dtype):
        return given
    found = _BY_PYTHON_TYPE.get(given) if isinstance(given, type) else None
    if found is None:
        raise TypeError(f"must be torch.dtype, not {type(given).__name__}")
    return found


def category(d: dtype) -> int:
    """BOOL, INTEGRAL, FLOATING or COMPLEX, in rising order."""
    return d._category


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype both convert to, by PyTorch's lattice: a float beats any integer, whatever its width."""
    if type1 is type2:
        return type1
    low, high = sorted((type1, type2), key=category)
    if category(low) < FLOATING and category(low) != category(high):
        return high
    return of_numpy(np.promote_types(low._numpy, high._numpy))


def type_name(d: dtype) -> str:
    """The name of the type tensors of a dtype have; the younger dtypes have no class of their own."""
    name = d._legacy
    return f"CPU{name}Type" if name in ("Bool", "BFloat16") or d.is_complex else f"torch.{name}Tensor"


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """PyTorch's combine_categories: a lower priority changes the result only by its category."""
    if higher is None or lower is None:
        return higher or lower
    if higher.is_complex:
        return higher
    if higher.is_floating_point:
        return higher.to_complex() if lower.is_complex else higher
    if higher is bool_ or category(lower) >= FLOATING:
        return promote_types(higher, lower)
    return higher


def result_dtype(operands: Iterable[Any]) -> dtype:
    """The dtype of an arithmetic result: arrays with dimensions count before 0-d ones, and those before Python numbers.

    Args:
        operands: Arrays, NumPy scalars (which stand for 0-d tensors) and Python numbers.
    """
    groups: list[dtype | None] = [None, None, None]
    for operand in operands:
        if isinstance(operand, (np.ndarray, np.generic)):
            priority, found = (0 if operand.ndim else 1), of_numpy(operand.dtype)
        else:
            priority, found = 2, of_number(operand)
        known = groups[priority]
        groups[priority] = found if known is None else promote_types(known, found)
    result = _combine(groups[0], _combine(groups[1], groups[2]))
    assert result is not None
    return result
