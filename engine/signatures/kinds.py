"""What may stand for a parameter, by its type in PyTorch's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ..dtypes import dtype
from ..size import Size, device, layout, memory_format
from ..tensor import Tensor

__all__ = ["INT_LISTS", "WORDS", "accepts", "is_index", "type_name"]

WORDS: Final = {
    "Tensor": "Tensor",
    "Scalar": "Number",
    "int64_t": "int",
    "SymInt": "int",
    "double": "float",
    "complex": "complex",
    "TensorList": "tuple of Tensors",
    "c10::List<::std::optional<Tensor>>": "tuple of Tensors",
    "ITensorListRef": "tuple of Tensors",
    "IntArrayRef": "tuple of ints",
    "SymIntArrayRef": "tuple of ints",
    "ArrayRef<double>": "tuple of floats",
    "ScalarList": "tuple of Scalars",
    "Generator": "torch.Generator",
    "bool": "bool",
    "Storage": "torch.Storage",
    "PyObject*": "object",
    "ScalarType": "torch.dtype",
    "Layout": "torch.layout",
    "MemoryFormat": "torch.memory_format",
    "Device": "torch.device",
    "c10::string_view": "str",
    "std::string_view": "str",
}
"""The types in the words of PyTorch's errors."""

INT_LISTS: Final = ("IntArrayRef", "SymIntArrayRef")
TENSOR_LISTS: Final = ("TensorList", "c10::List<::std::optional<Tensor>>", "ITensorListRef")

# The functions for which Python numbers stand for tensors.
NUMBERS_FOR_TENSORS: Final = frozenset(
    name + form
    for name in ("add", "sub", "mul", "div", "multiply", "subtract", "divide", "true_divide", "floor_divide")
    for form in ("", "_")
) | {"copy_"}

_PYTHON_TYPES: Final = (float, int, bool, complex)
_NAMED: Final = (dtype, device, layout, memory_format, Size)
_HEAP_TYPE: Final = 1 << 9
"""The flag of types made by class statements."""


def type_name(value: Any) -> str:
    """How C names a value's type: with its module, if it was not made by a class statement."""
    kind = type(value)
    if kind in _NAMED or (not kind.__flags__ & _HEAP_TYPE and kind.__module__ != "builtins"):
        return f"{kind.__module__}.{kind.__qualname__}"
    return "torch._C.Generator" if _is_generator(value) else kind.__name__


def _is_generator(value: Any) -> bool:
    return type(value).__name__ == "Generator" and type(value).__module__ == "torch._C"


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number, np.bool_))


def _is_plain_scalar(value: Any) -> bool:
    """Whether a value is a 0-d tensor that may stand for a number."""
    return isinstance(value, Tensor) and not value.requires_grad and value.ndim == 0


def is_index(value: Any) -> bool:
    """Whether a value may stand for an integer in a list: an integer, or a tensor or object that is one."""
    if isinstance(value, bool):
        return False
    if isinstance(value, Tensor):
        return value._value.size == 1 and value._value.dtype.kind in "iub"
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iu"
    return hasattr(value, "__index__") and not isinstance(value, np.bool_)


def accepts(kind: str, length: int, value: Any, function: str, place: int) -> bool:
    """Whether a value may be given for a parameter.

    Args:
        kind: The parameter's type.
        length: How many numbers a list is to have, if one number may stand for all; else 0.
        value: The value.
        function: Whose parameter it is.
        place: Which one.

    Raises:
        TypeError: It is a list that holds something else than tensors.
    """
    return _CHECKS[kind](value, length, function, place)


def _tensor(value: Any, length: int, function: str, place: int) -> bool:
    return isinstance(value, Tensor) or (function in NUMBERS_FOR_TENSORS and _is_number(value))


def _scalar(value: Any, length: int, function: str, place: int) -> bool:
    return _is_number(value) or _is_plain_scalar(value)


def _double(value: Any, length: int, function: str, place: int) -> bool:
    return isinstance(value, (int, float, np.floating, np.integer)) or _is_plain_scalar(value)


def _complex(value: Any, length: int, function: str, place: int) -> bool:
    return isinstance(value, complex) or _double(value, length, function, place)


def _int(value: Any, length: int, function: str, place: int) -> bool:
    return _is_whole(value) or (_is_plain_scalar(value) and value._value.dtype.kind in "iu")


def _sym_int(value: Any, length: int, function: str, place: int) -> bool:
    return is_index(value)


def _int_list(value: Any, length: int, function: str, place: int) -> bool:
    if isinstance(value, (tuple, list)):
        return not value or is_index(value[0])
    return length > 0 and is_index(value)


def _float_list(value: Any, length: int, function: str, place: int) -> bool:
    if isinstance(value, (tuple, list)):
        return not value or isinstance(value[0], (int, float, complex))
    return length > 0 and isinstance(value, (int, float))


def _scalar_list(value: Any, length: int, function: str, place: int) -> bool:
    return isinstance(value, (tuple, list)) and all(_is_number(v) or _is_plain_scalar(v) for v in value)


def _tensor_list(value: Any, length: int, function: str, place: int) -> bool:
    if not isinstance(value, (tuple, list)):
        return False
    for position, item in enumerate(value):
        if not isinstance(item, Tensor):
            raise TypeError(f"expected Tensor as element {position} in argument {place}, but got {type_name(item)}")
    return True


def _of(*kinds: type) -> Callable[[Any, int, str, int], bool]:
    def check(value: Any, length: int, function: str, place: int) -> bool:
        return isinstance(value, kinds)

    return check


def _never(value: Any, length: int, function: str, place: int) -> bool:
    return False


_CHECKS: Final[dict[str, Callable[[Any, int, str, int], bool]]] = {
    "Tensor": _tensor,
    "Scalar": _scalar,
    "int64_t": _int,
    "SymInt": _sym_int,
    "double": _double,
    "complex": _complex,
    **dict.fromkeys(TENSOR_LISTS, _tensor_list),
    **dict.fromkeys(INT_LISTS, _int_list),
    "ArrayRef<double>": _float_list,
    "ScalarList": _scalar_list,
    "Generator": lambda value, length, function, place: _is_generator(value),
    "bool": _of(bool),
    "Storage": _never,
    "PyObject*": _of(object),
    "ScalarType": lambda value, length, function, place: isinstance(value, dtype) or value in _PYTHON_TYPES,
    "Layout": _of(layout),
    "MemoryFormat": _of(memory_format),
    "Device": lambda value, length, function, place: isinstance(value, (str, device)) or _is_whole(value),
    "c10::string_view": _of(str),
    "std::string_view": _of(str),
}
