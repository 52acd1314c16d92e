"""Comparing results: assert_close."""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from .. import dtypes
from ..api import FUNCTIONS
from ..tensor import Tensor

__all__ = ["assert_close"]

_PRECISION: Final = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
"""(relative, absolute) tolerances; none where a dtype is exact."""
_NUMBERS: Final = (int, float, complex, np.number)


class _MismatchError(Exception):
    """What is wrong, and with which item."""

    def __init__(self, kind: type[Exception], text: str, place: tuple[Any, ...]) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text + (f"\n\nThe failure occurred for item {''.join(str([p]) for p in place)}" if place else "")


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """See that two tensors, numbers, or sequences or mappings of them agree: |actual - expected| <= atol + rtol * |expected|.

    Args:
        actual: What came out.
        expected: What should have.
        allow_subclasses: Whether one may be of a subclass of the other's type.
        rtol: Relative tolerance; by dtype if not given.
        atol: Absolute tolerance; by dtype if not given.
        equal_nan: Whether nan equals nan.
        check_device: Of no effect here.
        check_dtype: Whether dtypes must be the same.
        check_layout: Of no effect here.
        check_stride: Whether strides must be the same.
        msg: Another message, or a function of the message.

    Raises:
        AssertionError: They do not agree.
        TypeError: They cannot be compared.
        ValueError: Only one tolerance is given.
    """
    options = {
        "allow_subclasses": allow_subclasses, "rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype,
        "check_stride": check_stride,
    }  # fmt: skip
    try:
        # Everything is looked at for its kind before anything is compared.
        comparisons = list(_pairs(actual, expected, (), options))
    except _MismatchError as error:
        raise error.kind(error.text) from None
    for compare in comparisons:
        try:
            compare()
        except _MismatchError as error:
            raise error.kind(error.text if msg is None else msg(error.text) if callable(msg) else msg) from None


def _pairs(actual: Any, expected: Any, place: tuple[Any, ...], options: dict[str, Any]) -> Iterator[Callable[[], None]]:
    """The comparisons to make."""
    if all(isinstance(v, Sequence) and not isinstance(v, str) for v in (actual, expected)):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise _MismatchError(AssertionError, text, place)
        for i, (a, b) in enumerate(zip(actual, expected, strict=True)):
            yield from _pairs(a, b, (*place, i), options)
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        mine, theirs = set(actual), set(expected)
        if mine != theirs:
            raise _MismatchError(
                AssertionError,
                f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {sorted(theirs - mine)}\n"
                f"Additional keys in the actual mapping: {sorted(mine - theirs)}",
                place,
            )
        try:
            keys = sorted(mine)
        except TypeError:
            keys = list(mine)
        for key in keys:
            yield from _pairs(actual[key], expected[key], (*place, key), options)
    else:
        yield _pair(actual, expected, place, options)


def _pair(actual: Any, expected: Any, place: tuple[Any, ...], options: dict[str, Any]) -> Callable[[], None]:
    """The comparison of two things that are no collections."""

    def fail(text: str) -> None:
        raise _MismatchError(AssertionError, text, place)

    if actual is None or expected is None:
        return lambda: None if actual is expected else fail(f"None mismatch: {actual} is not {expected}")
    if all(isinstance(v, (bool, np.bool_)) for v in (actual, expected)):
        a, b = bool(actual), bool(expected)
        return lambda: None if a is b else fail(f"Booleans mismatch: {a} is not {b}")
    if all(isinstance(v, _NUMBERS) for v in (actual, expected)):
        numbers = [v.item() if isinstance(v, np.number) else v for v in (actual, expected)]
        kinds = [{int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}[type(v)] for v in numbers]
        rtol, atol = _tolerances(kinds, place, options)
        first, second = numbers
        if options["check_dtype"] and type(first) is not type(second):
            return lambda: fail(f"The (d)types do not match: {type(first)} != {type(second)}.")
        return lambda: _compare_numbers(first, second, rtol, atol, options["equal_nan"], fail)
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if related and (options["allow_subclasses"] or type(actual) is type(expected)):
        try:
            tensors = [v if isinstance(v, Tensor) else FUNCTIONS["as_tensor"](v) for v in (actual, expected)]
        except (TypeError, RuntimeError, ValueError):
            tensors = []
        if tensors:
            mine, theirs = tensors
            rtol, atol = _tolerances([t.dtype for t in tensors], place, options)
            return lambda: _compare_tensors(mine, theirs, rtol, atol, options, fail)
    raise _MismatchError(
        TypeError,
        f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.",
        place,
    )


def _tolerances(kinds: list[dtypes.dtype], place: tuple[Any, ...], options: dict[str, Any]) -> tuple[float, float]:
    rtol, atol = options["rtol"], options["atol"]
    if (rtol is None) != (atol is None):
        absent = "rtol" if rtol is None else "atol"
        raise _MismatchError(
            ValueError, f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {absent}.", place
        )
    if rtol is not None:
        return rtol, atol
    found = [_PRECISION.get(kind, (0.0, 0.0)) for kind in kinds]
    return max(r for r, _ in found), max(a for _, a in found)


def _compare_numbers(
    actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool, fail: Callable[[str], None]
) -> None:
    if actual == expected or (equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
        return
    apart = abs(actual - expected)
    if not (cmath.isfinite(apart) and apart <= atol + rtol * abs(expected)):
        fail(_scalar_text(actual, expected, rtol, atol))


def _scalar_text(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    apart = abs(actual - expected)
    relative = float("inf") if expected == 0 else apart / abs(expected)
    extra = f"Expected {expected} but got {actual}."
    return _text("Scalars", extra, (apart, None, atol), (relative, None, rtol))


def _text(what: str, extra: str, absolute: tuple[Any, Any, float], relative: tuple[Any, Any, float]) -> str:
    exact = absolute[2] == 0 and relative[2] == 0
    lines = [f"{what} are not {'equal' if exact else 'close'}!\n", extra]
    for kind, (size, place, allowed) in (("absolute", absolute), ("relative", relative)):
        line = f"{kind.title()} difference: {size}" if place is None else f"Greatest {kind} difference: {size} at index {place}"
        lines.append(line + ("" if exact else f" (up to {allowed} allowed)"))
    return "\n".join(lines)


def _compare_tensors(
    actual: Tensor, expected: Tensor, rtol: float, atol: float, options: dict[str, Any], fail: Callable[[str], None]
) -> None:
    names = ["shape", *(["stride()"] if options["check_stride"] else []), *(["dtype"] if options["check_dtype"] else [])]
    for name in names:
        mine, theirs = (t.stride() if name == "stride()" else getattr(t, name) for t in (actual, expected))
        if mine != theirs:
            fail(f"The values for attribute '{name}' do not match: {mine} != {theirs}.")
    if actual.dtype is not expected.dtype:
        common = dtypes.promote_types(actual.dtype, expected.dtype)
        actual, expected = actual.to(common), expected.to(common)
    a, b = (np.asarray(t._value) for t in (actual, expected))
    with np.errstate(all="ignore"):
        fine = (a == b) | (np.isfinite(a) & np.isfinite(b) & (np.abs(_exact(a) - _exact(b)) <= atol + np.abs(rtol * _exact(b))))
        if options["equal_nan"]:
            fine = fine | (np.isnan(a) & np.isnan(b))
        if np.all(fine):
            return
        if not a.ndim:
            fail(_scalar_text(actual.item(), expected.item(), rtol, atol))
        apart = np.where(fine, 0, np.abs(_exact(a) - _exact(b))).ravel()
        relative = np.where(fine.ravel(), 0, apart / np.abs(_exact(b)).ravel())
    if a.dtype.kind not in "fc":
        relative = relative.astype(np.float32)
    count = int(fine.size - fine.sum())
    found = []
    for sizes, allowed in ((apart, atol), (relative, rtol)):
        where = int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes)))
        found.append((sizes[where].item(), tuple(int(i) for i in np.unravel_index(where, a.shape)), allowed))
    fail(_text("Tensor-likes", f"Mismatched elements: {count} / {fine.size} ({count / fine.size:.1%})", *found))


def _exact(value: Any) -> Any:
    """Integers and booleans as what they can be subtracted in."""
    return value if value.dtype.kind in "fc" else value.astype(np.int64)
