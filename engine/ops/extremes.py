"""The largest, the smallest, the middle and the most frequent elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..api import op, public
from ..rules import TENSORS, helper
from ..tensor import Tensor
from .reduce import kept_axes
from .vocabulary import axes_of, axis_of

__all__: list[str] = []

_ndarray = np.ndarray


def _check_size(name: str, self: Any, axis: int, kind: type[Exception] = IndexError) -> None:
    if self.ndim and not self.shape[axis]:
        raise kind(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def _check_any(name: str, self: Any) -> None:
    if not self.size:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
        )


def _extreme(name: str, ufunc: Any) -> Any:
    def forward(self: Any) -> Any:
        _check_any(name, self)
        return ufunc.reduce(self, axis=None) if self.__class__ is _ndarray else self

    return forward


def _chosen(self: Any, indices: Any, axis: int, keepdim: bool) -> tuple[Any, Any]:
    """The elements at indices along an axis, and the indices."""
    indices = np.expand_dims(indices, axis)
    values = np.take_along_axis(self, indices, axis)
    return (values, indices) if keepdim else (values.squeeze(axis), indices.squeeze(axis))


def _extreme_dim(name: str, arg: Any) -> Any:
    def forward(self: Any, dim: int, keepdim: bool = False) -> Any:
        axis = axis_of(dim, self.ndim)
        if self.dtype.kind == "c":
            raise RuntimeError(f"{name}(): does not support complex input")
        if not self.ndim:
            return self.copy(), np.int64(0)
        _check_size(name, self, axis)
        return _chosen(self, arg(self, axis), axis, keepdim)

    return forward


@helper
def evenly_distribute(k: Any, grad: Any, self: Any, result: Any) -> Any:
    """The gradient of an extreme, shared by all elements that equal it; of nan, by all that are nan."""
    mask = self == result
    if isinstance(result, Tensor) or result != result:
        mask = mask | ((self != self) & (result != result))
    return k.to_mask(mask, grad) * (grad / mask.sum())


@helper
def to_mask(k: Any, mask: Any, like: Any) -> Any:
    """A mask as zeros and ones."""
    return mask.astype(like.dtype) if not isinstance(mask, Tensor) else mask.to(like.dtype)


@helper
def value_selecting_backward(k: Any, grad: Any, dim: int, indices: Any, shape: tuple[int, ...], keepdim: bool) -> Any:
    """The gradient at the places that were selected, zero elsewhere."""
    if not shape:
        return grad
    axis = axis_of(dim, len(shape))
    if not keepdim:
        grad, indices = k.unsqueeze(grad, axis), k.unsqueeze(indices, axis)
    return k.gather_backward(grad, shape, axis, indices)


@helper
def scale_by_count(k: Any, grad: Any, mask: Any, dim: Any) -> Any:
    """The gradient of an extreme over dims, shared by the elements that equal it."""
    ones = k.to_mask(mask, grad)
    return grad * ones / k.sum_dim_IntList(ones, dim if dim != () else None, True)


_SELECTED = "value_selecting_backward(grad, dim, indices, self.shape, keepdim)"

for _name, _ufunc, _arg, _word in (("max", np.maximum, np.argmax, "largest"), ("min", np.minimum, np.argmin, "smallest")):
    op(
        f"{_name}(Tensor self)",
        _extreme(_name, _ufunc),
        f"the {_word} element of self",
        function=False,
        node=f"{_name.title()}Backward1",
        takes="bihf",
        kernel=f"{_name}_all",
        out="",
        self="evenly_distribute(grad, self, result)",
    )
    op(
        f"{_name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)",
        _extreme_dim(_name, _arg),
        f"the {_word} element along dim, and where it is",
        self=_SELECTED,
    )

    def _amax(self: Any, dim: Any = (), keepdim: bool = False, ufunc: Any = _ufunc, name: str = f"a{_name}") -> Any:
        for axis in () if dim == () else axes_of(dim, self.ndim):
            _check_size(name, self, axis)
        if dim == ():
            _check_any(name, self)
        return ufunc.reduce(self, axis=kept_axes(self, dim), keepdims=keepdim)

    op(
        f"a{_name}(Tensor self, int[1] dim=[], bool keepdim=False)",
        _amax,
        f"the {_word} element of self over dim",
        takes="bihf",
        kernel=f"{_name}_values_cpu",
        out="Expected the dtype for input and out to match, but got {result} for input's dtype and {out} for out's dtype.",
        self="scale_by_count(restore_dims(grad, self.shape, dim, keepdim), restore_dims(result, self.shape, dim, keepdim) == self, dim)",
    )

    def _choice(
        input: Tensor,
        dim: Any = None,
        keepdim: bool = False,
        *,
        other: Any = None,
        axis: Any = None,
        out: Any = None,
        name: str = _name,
    ) -> Any:
        options = {} if out is None else {"out": out}
        dim = axis if dim is None else dim
        if isinstance(dim, Tensor) or other is not None:
            return TENSORS[name + "imum"](input, dim if other is None else other, **options)
        if dim is None:
            return TENSORS[name](input, **options)
        return TENSORS[name + "_dim"](input, dim, keepdim, **options)

    _choice.__doc__ = f"The {_word} of input: of all of it, along dim (with where it is), or of two tensors element by element."
    public(name=_name)(_choice)

    def _where_extreme(
        self: Any, dim: int | None = None, keepdim: bool = False, arg: Any = _arg, name: str = f"arg{_name}"
    ) -> Any:
        if self.dtype.kind in "cb":
            raise RuntimeError(f"{name}(): does not support {'complex' if self.dtype.kind == 'c' else 'bool'} input")
        if dim is None:
            if not self.size:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            found = arg(self)
            return np.asarray(found).reshape((1,) * self.ndim) if keepdim else found
        axis = axis_of(dim, self.ndim)
        _check_size(name, self, axis)
        return arg(self, axis, keepdims=keepdim) if self.ndim else np.int64(0)

    op(f"arg{_name}(Tensor self, int? dim=None, bool keepdim=False)", _where_extreme, f"where the {_word} element is")


def _aminmax(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None:
        if not self.size:
            raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
        axis = None
    else:
        axis = axis_of(dim, self.ndim)
        _check_size("aminmax", self, axis)
        axis = axis if self.ndim else None
    ufuncs: tuple[Any, ...] = (np.minimum, np.maximum)
    return tuple(ufunc.reduce(self, axis=axis, keepdims=keepdim) for ufunc in ufuncs)


@helper
def aminmax_backward(k: Any, grads: Any, self: Any, least: Any, most: Any, dim: int | None, keepdim: bool) -> Any:
    """The gradients of both extremes, each shared by the elements that equal it."""
    dims = () if dim is None else dim
    shape = tuple(self.shape)
    parts = [
        k.scale_by_count(k.restore_dims(g, shape, dims, keepdim), k.restore_dims(e, shape, dims, keepdim) == self, dims)
        for g, e in zip(grads, (least, most), strict=True)
    ]
    return parts[0] + parts[1]


op(
    "aminmax(Tensor self, *, int? dim=None, bool keepdim=False) -> (min, max)",
    _aminmax,
    "the smallest and the largest element of self over dim",
    takes="bihf",
    self="aminmax_backward(grads, self, min, max, dim, keepdim)",
)

# -- medians and modes


def _middle(self: Any, axis: int, skip_nan: bool) -> Any:
    """Where the lower median lies along an axis: at the first nan if there is one and it is not to be skipped."""
    order = np.argsort(self, axis, kind="stable")
    length = self.shape[axis]
    if self.dtype.kind != "f":
        return order.take((length - 1) // 2, axis)
    nans = np.isnan(self)
    if skip_nan:
        numbers = length - nans.sum(axis, keepdims=True)
        return np.take_along_axis(order, np.maximum(numbers - 1, 0) // 2, axis).squeeze(axis)
    return np.where(nans.any(axis), nans.argmax(axis), order.take((length - 1) // 2, axis))


def _median(skip_nan: bool) -> Any:
    def forward(self: Any) -> Any:
        if not self.size:
            return self.dtype.type(np.nan) if self.dtype.kind == "f" else np.iinfo(self.dtype).min
        flat = np.asarray(self).reshape(-1)
        return flat[_middle(flat, 0, skip_nan)]

    return forward


def _median_dim(name: str, skip_nan: bool) -> Any:
    def forward(self: Any, dim: int, keepdim: bool = False) -> Any:
        axis = axis_of(dim, self.ndim)
        _check_size(name, self, axis)
        if not self.ndim:
            return self.copy(), np.int64(0)
        return _chosen(self, _middle(self, axis, skip_nan), axis, keepdim)

    return forward


def _by_arguments(name: str, whole: Any, along: Any, doc: str) -> None:
    def reduction(input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: Any = None) -> Any:
        options = {} if out is None else {"out": out}
        return whole(input, **options) if dim is None else along(input, dim, keepdim, **options)

    reduction.__doc__ = doc
    reduction.__name__ = reduction.__qualname__ = name
    public(reduction)


for _name, _skip, _words in (("median", False, ""), ("nanmedian", True, ", without what is nan")):
    _by_arguments(
        _name,
        op(
            f"{_name}(Tensor self)",
            _median(_skip),
            f"the lower median of self{_words}",
            function=False,
            takes="ihf",
            kernel="median_cpu",
            self="evenly_distribute(grad, self, result)",
        ),
        op(
            f"{_name}.dim(Tensor self, int dim, bool keepdim=False) -> (values, indices)",
            _median_dim(_name, _skip),
            f"the lower median of self along dim{_words}, and where it is",
            node=f"{_name.title()}Backward1",
            takes="ihf",
            kernel="median_cpu",
            self=_SELECTED,
        ),
        f"The lower median of input{_words}, of all of it or along dim (with where it is).",
    )


def _mode(self: Any, dim: int = -1, keepdim: bool = False) -> Any:
    axis = axis_of(dim, self.ndim)
    _check_size("mode", self, axis)
    if not self.ndim:
        return self.copy(), np.int64(0)
    rows = np.moveaxis(self, axis, -1)
    order = np.argsort(rows, -1, kind="stable")
    ordered = np.take_along_axis(rows, order, -1)
    places = np.arange(ordered.shape[-1])
    starts = np.concatenate([np.ones((*ordered.shape[:-1], 1), np.bool_), ordered[..., 1:] != ordered[..., :-1]], -1)
    run = places - np.maximum.accumulate(np.where(starts, places, 0), -1)
    # The first place where a run is longest ends the smallest of the most frequent values.
    last = run.argmax(-1)
    return _chosen(self, np.take_along_axis(order, last[..., None], -1)[..., 0], axis, keepdim)


op(
    "mode(Tensor self, int dim=-1, bool keepdim=False) -> (values, indices)",
    _mode,
    "the most frequent element along dim, and where it is",
    takes="bihf",
    out="expected scalar type '{result}' but got '{out}' for values output",
    self=_SELECTED,
)
