"""How a tensor prints: PyTorch's layout, to the character."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import dtypes

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["get_printoptions", "printoptions", "set_printoptions", "tensor_repr"]


@dataclass(slots=True)
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES: Final = {
    "default": _Options(),
    "short": _Options(precision=2, edgeitems=2),
    "full": _Options(threshold=math.inf),
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Change how tensors print.

    Args:
        precision: Digits after the point.
        threshold: Number of elements above which a tensor is summarised.
        edgeitems: Items shown at each end of a summarised dimension.
        linewidth: Characters a line may have.
        profile: "default", "short" or "full", applied before the others.
        sci_mode: Scientific notation always (True), never (False) or when it fits (None).
    """
    global _options
    if profile is not None:
        _options = replace(_PROFILES.get(profile, _options))
    given: dict[str, Any] = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options = replace(_options, sci_mode=sci_mode, **{name: value for name, value in given.items() if value is not None})


def get_printoptions() -> dict[str, Any]:
    """The options in force, as keyword arguments of `set_printoptions`."""
    return asdict(_options)


@contextmanager
def printoptions(**kwargs: Any) -> Iterator[None]:
    """Change how tensors print within a block."""
    global _options
    before = _options
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        _options = before


class _Formatter:
    """Brings the numbers of one tensor to one notation and one width."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.floating = values.dtype.kind == "f"
        self.integers = True
        self.scientific = False
        self.width = 1
        if not self.floating:
            self.width = max((len(f"{v}") for v in values.ravel().tolist()), default=1)
            return
        flat = values.ravel()
        finite = flat[np.isfinite(flat) & (flat != 0)]
        if not finite.size:
            return
        size = np.abs(finite).astype(np.float64)
        smallest, largest = float(size.min()), float(size.max())
        self.integers = bool(np.all(finite == np.ceil(finite)))
        if _options.sci_mode is None:
            self.scientific = largest / smallest > 1000.0 or largest > 1.0e8 or smallest < 1.0e-4
        else:
            self.scientific = _options.sci_mode
        if self.scientific:
            notation, extra = f".{_options.precision}e", 0
        elif self.integers:
            notation, extra = ".0f", 1
        else:
            notation, extra = f".{_options.precision}f", 0
        self.width = max(self.width, max(len(f"{v:{notation}}") for v in finite.tolist()) + extra)

    def format(self, value: Any) -> str:
        if not self.floating:
            text = f"{value}"
        elif self.scientific:
            text = f"{value:{self.width}.{_options.precision}e}"
        elif self.integers:
            text = f"{value:.0f}" + ("." if math.isfinite(value) else "")
        else:
            text = f"{value:.{_options.precision}f}"
        return text.rjust(self.width)


class _ComplexFormatter:
    """Two formatters side by side, for the real and the imaginary parts."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self.real = _Formatter(values.real)
        self.imag = _Formatter(values.imag)
        self.width = self.real.width + self.imag.width + 1

    def format(self, value: complex) -> str:
        imag = (self.imag.format(value.imag) + "j").lstrip()
        return self.real.format(value.real) + ("" if imag[0] in "+-" else "+") + imag


def _ends(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The elements a summary shows."""
    edge = _options.edgeitems
    for axis, length in enumerate(values.shape):
        if length > 2 * edge:
            kept = [*range(edge), *range(length - edge, length)] if edge else []
            values = values.take(kept, axis=axis)
    return values


def _layout(values: np.ndarray[Any, Any], indent: int, summarize: bool, formatter: _Formatter | _ComplexFormatter) -> str:
    edge = _options.edgeitems
    cut = summarize and values.ndim > 0 and values.shape[0] > 2 * edge
    if values.ndim == 0:
        return formatter.format(values.item())
    if values.ndim == 1:
        if summarize and not edge:
            words = ["..."]
        elif cut:
            words = [formatter.format(v) for v in values[:edge].tolist()]
            words += [" ...", *(formatter.format(v) for v in values[len(values) - edge :].tolist())]
        else:
            words = [formatter.format(v) for v in values.tolist()]
        per_line = max(1, (_options.linewidth - indent) // (formatter.width + 2))
        lines = [", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows: list[str]
    if cut:
        first = [_layout(v, indent + 1, summarize, formatter) for v in values[:edge]]
        rows = [*first, "...", *(_layout(v, indent + 1, summarize, formatter) for v in values[len(values) - edge :])]
    else:
        rows = [_layout(v, indent + 1, summarize, formatter) for v in values]
    return "[" + ("," + "\n" * (values.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def _numbers(values: np.ndarray[Any, Any], indent: int) -> str:
    if not values.size:
        return "[]"
    summarize = values.size > _options.threshold
    looked_at = _ends(values) if summarize else values
    kind = _ComplexFormatter if values.dtype.kind == "c" else _Formatter
    return _layout(values, indent, summarize, kind(looked_at))


def _suffixes(tensor: Tensor, values: np.ndarray[Any, Any]) -> list[str]:
    """What stands after the numbers: size, dtype, and the tensor's place in the graph."""
    found = []
    d = tensor.dtype
    default = dtypes.get_default_dtype()
    if not values.size:
        if values.ndim != 1:
            found.append(f"size={tuple(values.shape)}")
        if d is not default:
            found.append(f"dtype={d!r}")
    else:
        if not _options.edgeitems:
            found.append(f"size={tuple(values.shape)}")
        if d not in (default, default.to_complex(), dtypes.int64, dtypes.bool_):
            found.append(f"dtype={d!r}")
    try:
        grad_fn = tensor.grad_fn
        name = None if grad_fn is None else type(grad_fn).__name__
    except RuntimeError:
        # A view made and written under no_grad whose base has a history: PyTorch has no grad_fn to show for it either.
        name = "Invalid"
    if name is not None:
        found.append(f"grad_fn=<{name}>")
    elif tensor.requires_grad:
        found.append("requires_grad=True")
    tangent = getattr(tensor, "_tangent", None)
    if tangent is not None:
        # PyTorch formats it into the text, which shows a number as itself.
        found.append(f"tangent={tangent}")
    return found


def tensor_repr(tensor: Tensor, prefix: str = "tensor(") -> str:
    """The text PyTorch prints for a tensor."""
    values = np.asarray(tensor._value)
    indent = len(prefix)
    text = prefix + _numbers(values, indent)
    last_line = len(text) - text.rfind("\n") + 1
    for suffix in _suffixes(tensor, values):
        if last_line + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            last_line = indent + len(suffix)
        else:
            text += ", " + suffix
            last_line += len(suffix) + 2
    return text + ")"
