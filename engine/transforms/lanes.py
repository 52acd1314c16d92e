"""What a batched tensor shows of its memory: the form of one sample, and none of the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

if TYPE_CHECKING:
    from .level import Level

__all__ = ["ESCAPED", "Lane", "lane_of", "origin_of"]

ITEM: Final = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to "
    "rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please file a bug "
    "report."
)
CONTROL_FLOW: Final = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, please "
    "file an issue at https://github.com/pytorch/pytorch/issues ."
)
NO_DATA: Final = "Cannot access data pointer of Tensor that doesn't have storage"

ESCAPED: Final = (
    "Either your tensor may have escaped from inside a function being vmapped and this is a user error (see "
    "https://pytorch.org/functorch/stable/ux_limitations.html), or there is an internal functorch error in `gen_vmap_plumbing` "
    "Please file an issue if it looks like the latter"
)
_SPECIAL: Final = {
    "allclose": (
        "vmap over torch.allclose isn't supported yet. Please file an issue at https://github.com/pytorch/pytorch/issues if you need "
        "this feature."
    ),
    "array_equal": "Batching rule not implemented for aten::equal. We could not generate a fallback.",
}

_FORMS: Final = {"zeros_like": np.zeros, "empty_like": np.empty, "ones_like": np.ones}
_poison: dict[np.dtype[Any], np.ndarray[Any, Any]] = {}


class Lane(np.ndarray[Any, Any]):
    """An array of one sample's shape, strides and dtype whose elements nobody may read.

    Ops look at the form of their arguments, and must: but a number that differs from sample to sample is no number.
    """

    origin: int
    level: Level

    def __array_finalize__(self, source: Any) -> None:
        if source.__class__ is Lane:
            self.origin, self.level = source.origin, source.level

    def _refuse(self, why: str) -> NoReturn:
        raise RuntimeError(why if self.level.alive else ESCAPED)

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        self._refuse(CONTROL_FLOW)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        name = function.__name__
        if name in ("shape", "ndim", "size"):
            return getattr(args[0], name)
        if name in _FORMS:
            kind = kwargs.get("dtype") or (args[1] if len(args) > 1 else None) or self.dtype
            return _FORMS[name](args[0].shape, kind)
        if name == "full_like":
            return np.full(args[0].shape, args[1], kwargs.get("dtype") or self.dtype)
        return self._refuse(_SPECIAL.get(name, CONTROL_FLOW))

    def item(self, *_: Any) -> Any:
        self._refuse(ITEM)

    def tolist(self) -> Any:
        self._refuse(NO_DATA)

    def tobytes(self, *_: Any, **__: Any) -> Any:
        self._refuse(NO_DATA)

    def __bool__(self) -> bool:
        self._refuse(CONTROL_FLOW)

    def _number(self) -> Any:
        self._refuse(ITEM)

    __int__ = __float__ = __complex__ = __index__ = _number

    def _unreadable(self, *_: Any, **__: Any) -> Any:
        self._refuse(CONTROL_FLOW)

    any = all = sum = max = min = mean = prod = argmax = argmin = nonzero = _unreadable


def origin_of(value: Any) -> int:
    """The address of an array's first element, or of a lane's first sample's."""
    if value.__class__ is Lane:
        return int(value.origin)
    address: int = value.__array_interface__["data"][0]
    return address


def lane_of(value: np.ndarray[Any, Any], dim: int, level: Level) -> Lane:
    """One sample's form, of an array whose dimension `dim` counts the samples."""
    shape = value.shape[:dim] + value.shape[dim + 1 :]
    strides = value.strides[:dim] + value.strides[dim + 1 :]
    reach = sum((n - 1) * s for n, s in zip(shape, strides, strict=True)) // value.itemsize + 1 if 0 not in shape else 0
    made: Lane = np.ndarray.__new__(Lane, shape, value.dtype, _unreadable(value.dtype, reach), 0, strides)
    made.origin = origin_of(value)
    made.level = level
    return made


def _unreadable(kind: np.dtype[Any], count: int) -> np.ndarray[Any, Any]:
    """At least so many elements that are wrong wherever they come to light."""
    found = _poison.get(kind)
    if found is None or found.size < count:
        wrong: Any = np.nan if kind.kind in "fc" else kind.kind == "b" or np.iinfo(kind).min
        found = _poison[kind] = np.full(max(1024, count), wrong, kind)
        found.flags.writeable = False
    return found
