"""torch.nn.modules.pooling: layers that take the largest, the mean or a norm of windows."""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor
from .. import functional as F
from .module import Module
from .utils import _ntuple, _own, _single

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d",
    "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d",
    "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d",
]  # fmt: skip

# -- the largest


class _MaxPoolNd(Module):
    """The largest in each window.

    Args:
        kernel_size: How large the windows are: a number, or one for each dimension.
        stride: By how much they move; by their size if not given.
        padding: How far the first begins before the input.
        dilation: How far apart a window's elements are.
        return_indices: Whether it is also told where they stand, for MaxUnpool.
        ceil_mode: Whether windows may reach beyond the end.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def _pooled(self, function: Any, input: Tensor) -> Any:
        return function(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The largest in each window of lines."""

    def forward(self, input: Tensor) -> Any:
        """max_pool1d(input)."""
        return self._pooled(F.max_pool1d, input)


class MaxPool2d(_MaxPoolNd):
    """The largest in each window of planes."""

    def forward(self, input: Tensor) -> Any:
        """max_pool2d(input)."""
        return self._pooled(F.max_pool2d, input)


class MaxPool3d(_MaxPoolNd):
    """The largest in each window of volumes."""

    def forward(self, input: Tensor) -> Any:
        """max_pool3d(input)."""
        return self._pooled(F.max_pool3d, input)


class _MaxUnpoolNd(Module):
    """The way back from max pooling: each element where it was found, 0 elsewhere.

    Args:
        kernel_size: Of the pooling.
        stride: Of the pooling.
        padding: Of the pooling.
    """

    _dims: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        spread = _ntuple(self._dims)
        self.kernel_size = spread(kernel_size)
        self.stride = spread(stride if stride is not None else kernel_size)
        self.padding = spread(padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


@_own("__init__")
class MaxUnpool1d(_MaxUnpoolNd):
    """The way back from MaxPool1d."""

    _dims = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """max_unpool1d(input, indices)."""
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


@_own("__init__")
class MaxUnpool2d(_MaxUnpoolNd):
    """The way back from MaxPool2d."""

    _dims = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """max_unpool2d(input, indices)."""
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


@_own("__init__")
class MaxUnpool3d(_MaxUnpoolNd):
    """The way back from MaxPool3d."""

    _dims = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        """max_unpool3d(input, indices)."""
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _FractionalMaxPoolNd(Module):
    """The largest in windows that lie at random (Graham, 2014).

    Args:
        kernel_size: How large the windows are.
        output_size: How many there are.
        output_ratio: How many there are, as a part of the input's size.
        return_indices: Whether it is also told where the elements stand.

    Raises:
        ValueError: Neither or both of size and ratio are given, or the ratio is not between 0 and 1.
    """

    _dims: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        spread = _ntuple(self._dims)
        self.kernel_size = spread(kernel_size)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else spread(output_size)
        self.output_ratio = None if output_ratio is None else spread(output_ratio)
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < self.output_ratio[i] < 1 for i in range(self._dims)):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def _pooled(self, function: Any, input: Tensor) -> Any:
        return function(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            _random_samples=self._random_samples,
        )


@_own("__init__")
class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The largest in windows of planes that lie at random."""

    _dims = 2

    def forward(self, input: Tensor) -> Any:
        """fractional_max_pool2d(input)."""
        return self._pooled(F.fractional_max_pool2d, input)


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The largest in windows of volumes that lie at random."""

    _dims = 3

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        sizes = (kernel_size,) if isinstance(kernel_size, int) else kernel_size
        if isinstance(sizes, (tuple, list)) and not all(size > 0 for size in sizes):
            raise ValueError(f"kernel_size must be greater than 0, but got {kernel_size}")
        super().__init__(kernel_size, output_size, output_ratio, return_indices, _random_samples)

    def forward(self, input: Tensor) -> Any:
        """fractional_max_pool3d(input)."""
        return self._pooled(F.fractional_max_pool3d, input)


# -- means and norms


class _AvgPoolNd(Module):
    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window of lines.

    Args:
        kernel_size: How large the windows are.
        stride: By how much they move; by their size if not given.
        padding: How far the first begins before the input.
        ceil_mode: Whether windows may reach beyond the end.
        count_include_pad: Whether what is beyond the input counts as zeros; else it does not count.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = _single(kernel_size)
        self.stride = _single(stride if stride is not None else kernel_size)
        self.padding = _single(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        """avg_pool1d(input)."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _WideAvgPool(_AvgPoolNd):
    """The mean of each window.

    Args:
        kernel_size: How large the windows are: a number, or one for each dimension.
        stride: By how much they move; by their size if not given.
        padding: How far the first begins before the input.
        ceil_mode: Whether windows may reach beyond the end.
        count_include_pad: Whether what is beyond the input counts as zeros; else it does not count.
        divisor_override: What sums are divided by; the windows' size if not given.
    """

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def _pooled(self, function: Any, input: Tensor) -> Tensor:
        found: Tensor = function(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )
        return found


@_own("__init__")
class AvgPool2d(_WideAvgPool):
    """The mean of each window of planes."""

    def forward(self, input: Tensor) -> Tensor:
        """avg_pool2d(input)."""
        return self._pooled(F.avg_pool2d, input)


@_own("__init__")
class AvgPool3d(_WideAvgPool):
    """The mean of each window of volumes."""

    def forward(self, input: Tensor) -> Tensor:
        """avg_pool3d(input)."""
        return self._pooled(F.avg_pool3d, input)


class _LPPoolNd(Module):
    """The p-norm of each window.

    Args:
        norm_type: p.
        kernel_size: How large the windows are.
        stride: By how much they move; by their size if not given.
        ceil_mode: Whether windows may reach beyond the end.
    """

    def __init__(self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"


class LPPool1d(_LPPoolNd):
    """The p-norm of each window of lines."""

    def forward(self, input: Tensor) -> Tensor:
        """lp_pool1d(input)."""
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(_LPPoolNd):
    """The p-norm of each window of planes."""

    def forward(self, input: Tensor) -> Tensor:
        """lp_pool2d(input)."""
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(_LPPoolNd):
    """The p-norm of each window of volumes."""

    def forward(self, input: Tensor) -> Tensor:
        """lp_pool3d(input)."""
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


# -- so many parts


class _AdaptiveMaxPoolNd(Module):
    """The largest in each of so many parts.

    Args:
        output_size: How many; None for as many as there are elements.
        return_indices: Whether it is also told where they stand.
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest in each of so many parts of lines."""

    def forward(self, input: Tensor) -> Any:
        """adaptive_max_pool1d(input)."""
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest in each of so many parts of planes."""

    def forward(self, input: Tensor) -> Any:
        """adaptive_max_pool2d(input)."""
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest in each of so many parts of volumes."""

    def forward(self, input: Tensor) -> Any:
        """adaptive_max_pool3d(input)."""
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class _AdaptiveAvgPoolNd(Module):
    """The mean of each of so many parts.

    Args:
        output_size: How many; None for as many as there are elements.
    """

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The mean of each of so many parts of lines."""

    def forward(self, input: Tensor) -> Tensor:
        """adaptive_avg_pool1d(input)."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The mean of each of so many parts of planes."""

    def forward(self, input: Tensor) -> Tensor:
        """adaptive_avg_pool2d(input)."""
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The mean of each of so many parts of volumes."""

    def forward(self, input: Tensor) -> Tensor:
        """adaptive_avg_pool3d(input)."""
        return F.adaptive_avg_pool3d(input, self.output_size)


def __dir__() -> list[str]:
    return __all__
