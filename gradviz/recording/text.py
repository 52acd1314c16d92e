"""Numbers, values, shapes and dtypes in few characters, as cards, event lists and the command line show them."""

from __future__ import annotations

import math

import numpy as np

from gradviz.recording.values import AnyArray, Value, as_matrix

_FEW, _SHORT = 3, 14  # elements and characters of a value that is written out in a slot

_SHORT_DTYPES = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "complex64": "c64",
    "complex128": "c128",
    "int64": "i64",
    "int32": "i32",
    "int16": "i16",
    "int8": "i8",
    "uint8": "u8",
    "bool": "bool",
}


def number_text(number: float | complex | bool, digits: int = 4) -> str:
    """A number with at most ``digits`` significant digits and no trailing zeros: "2.25", "1e-05", "nan", "True"."""
    if isinstance(number, bool | np.bool_):
        return str(bool(number))
    if isinstance(number, complex):
        sign = "-" if math.copysign(1, number.imag) < 0 else "+"
        return f"{number_text(number.real, digits)}{sign}{number_text(abs(number.imag), digits)}j"
    if isinstance(number, int):
        text = str(number)
        return text if len(text.lstrip("-")) <= max(digits, 6) else f"{number:.{digits - 1}e}"
    if not math.isfinite(number):
        return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
    text = f"{number:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else ("0" if text == "-0" else text)


def shape_text(shape: tuple[int, ...]) -> str:
    """ "2×3"; "scalar" for no dimensions."""
    return "×".join(map(str, shape)) if shape else "scalar"


def dtype_text(dtype: str) -> str:
    """ "f32" for "float32"."""
    return _SHORT_DTYPES.get(dtype, dtype)


def value_rows(array: AnyArray, max_rows: int = 2, max_cols: int = 4, digits: int = 4) -> list[list[str]] | None:
    """The elements as rows of texts when there are few enough to be read at a glance, else None."""
    if array.ndim > 2 or array.size == 0:
        return None
    matrix = as_matrix(array)
    if matrix.shape[0] > max_rows or matrix.shape[1] > max_cols:
        return None
    return [[number_text(element, digits) for element in row] for row in matrix.tolist()]


def value_text(value: Value, digits: int = 4) -> str:
    """A value in one line: its number, "4.5 (all)" where all elements are equal, a short list, else its shape and norm."""
    array = value.array
    if array is not None and array.size:
        if array.size == 1:
            return number_text(array.reshape(-1)[0].item(), digits)
        first = array.reshape(-1)[0]
        if (array == first).all():
            return f"{number_text(first.item(), digits)} (all)"
        rows = value_rows(array, 2, 4, digits)
        if rows is not None:
            return "[" + "; ".join(", ".join(row) for row in rows) + "]"
    if 0 in value.shape:
        return f"empty {shape_text(value.shape)}"
    bad = "".join(f", {count} {name}" for count, name in ((value.summary.nan, "nan"), (value.summary.inf, "inf")) if count)
    return f"{shape_text(value.shape)}, norm {number_text(value.norm, digits)}{bad}"


def short_value_text(value: Value, digits: int = 4) -> str:
    """A value in a slot of a card: one number where one says it all ("4.5" for all elements alike), else "norm 9"."""
    array = value.array
    if array is not None and array.size and (array.size == 1 or (array == array.reshape(-1)[0]).all()):
        return number_text(array.reshape(-1)[0].item(), digits)
    if array is not None and array.ndim == 1 and array.size <= _FEW:
        text = ", ".join(number_text(element, digits) for element in array.tolist())
        if len(text) <= _SHORT:
            return f"[{text}]"
    if value.is_bad:
        return "nan" if value.summary.nan else "inf"
    return f"norm {number_text(value.norm, digits)}"


def sum_text(total: Value, terms: tuple[Value, ...], digits: int = 4) -> str:
    """A running sum written out: "4.5 + 1 = 5.5"; the total alone where it is the only term."""
    texts = [short_value_text(term, digits) for term in terms]
    if len(texts) < 2:
        return short_value_text(total, digits)
    if any(text.startswith(("norm", "[")) for text in texts):
        return f"{short_value_text(total, digits)} (+ {texts[-1].removeprefix('norm ')})"
    left = " + ".join(texts).replace("+ -", "− ")
    return f"{left} = {short_value_text(total, digits)}"
