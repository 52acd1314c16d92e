"""Activations with a kink: straight lines on either side of a number."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np

from ..api import FUNCTIONS, op, public
from ..dtypes import of_array
from ..reuse import IN_PLACE
from ..rules import ARRAYS, fresh
from ..tensor import Tensor

__all__ = [
    "activation", "celu", "elu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "prelu", "relu", "rrelu_with_noise",
    "softshrink", "threshold", "written",
]  # fmt: skip

_ndarray: Final = np.ndarray
_WORDS: Final = {np.dtype(f"f{n}"): np.dtype(f"i{n}") for n in (2, 4, 8)}
_ZEROS: Final = {kind: np.zeros((), kind) for kind in _WORDS}
"""NumPy takes an array's word for its dtype quicker than it finds one for a Python number."""
_SMALL: Final = 1 << 14


def _only_where(value: Any, mask: Any, out: Any = None) -> Any:
    """A float array where a mask holds, else 0, in a third of the time `np.where` takes: its bits, times 1 or 0."""
    word = _WORDS.get(value.dtype)
    if word is None or value.shape != mask.shape:
        return np.where(mask, value, value.dtype.type(0))
    return np.multiply(value.view(word), mask, None if out is None else out.view(word)).view(value.dtype)


def _relu(self: Any) -> Any:
    if self.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    if self.dtype.kind == "b":
        raise RuntimeError("Boolean inputs not supported for relu")
    if self.__class__ is not _ndarray:
        return self.dtype.type(0) if self < 0 else self
    # Of two zeros the second is taken, which keeps the sign of -0.
    return np.maximum(_ZEROS.get(self.dtype, 0), self)


def _threshold_backward(grad_output: Any, self: Any, threshold: Any, out: Any = None) -> Any:
    kind = self.dtype
    if self.__class__ is not _ndarray and grad_output.__class__ is self.__class__:
        return kind.type(0) if self <= threshold else grad_output
    above = np.less_equal(self, threshold or _ZEROS.get(kind, 0))
    if above.__class__ is not _ndarray or grad_output.__class__ is not _ndarray:
        return _only_where(np.asarray(grad_output), ~above)[()]
    np.logical_not(above, above)
    if (
        above.nbytes > _SMALL
        or grad_output.dtype is not kind
        or not grad_output.flags.c_contiguous
        or not self.flags.c_contiguous
    ):
        return _only_where(grad_output, above, out)
    # A small mask is copied in less time than it takes to have it converted piece by piece.
    word = _WORDS[kind]
    ones = above.astype(word)
    return np.multiply(grad_output.view(word), ones, ones).view(kind)


def _threshold_into(grad_output: Any, self: Any, threshold: Any, mine: bool) -> Any:
    fits = mine and grad_output.__class__ is _ndarray and grad_output.shape == np.shape(self)
    return _threshold_backward(grad_output, self, threshold, grad_output if fits else None)


ARRAYS["threshold_into"] = _threshold_into
IN_PLACE["threshold_backward"] = "threshold_into"

# Rows PyTorch has in torch.nn.functional only, and their in-place forms.
activation = partial(op, function=False, method=False)


def written(row: Any, name: str) -> Any:
    """A row's in-place form, taken back from `torch` and Tensor."""
    FUNCTIONS.pop(name)
    delattr(Tensor, name)
    return row


relu = op(
    "relu(Tensor self)",
    _relu,
    "the larger of self and 0",
    inplace=True,
    self="threshold_backward(grad, result, 0)",
)


def _threshold(self: Any, threshold: Any, value: Any) -> Any:
    return np.where(self <= threshold, np.asarray(value).astype(self.dtype), self)[()]


threshold = op(
    "threshold(Tensor self, Scalar threshold, Scalar value)",
    _threshold,
    "self where self > threshold, else value",
    keeps_layout=True,
    method=False,
    self="threshold_backward(grad, self, threshold)",
)
threshold.in_place = op(
    "threshold.inplace(Tensor self, Scalar threshold, Scalar value)",
    _threshold,
    "self where self > threshold, else value",
    method=False,
    inplace="threshold_",
    node="ThresholdBackward1",
    self="threshold_backward(grad, self, threshold)",
).in_place
delattr(Tensor, "threshold_")
op(
    "threshold_backward(Tensor grad_output, Tensor self, Scalar threshold)",
    _threshold_backward,
    "grad_output where self > threshold, else 0",
    function=False,
    method=False,
    grad_output="threshold_backward(grad, self, threshold)",
    self="zeros_like(grad)",
)


def _leaky_relu(self: Any, negative_slope: Any = 0.01) -> Any:
    return np.where(self > 0, self, self * negative_slope).astype(self.dtype)[()]


def _leaky_relu_backward(grad_output: Any, self: Any, negative_slope: Any, self_is_result: bool) -> Any:
    if self_is_result and negative_slope < 0:
        raise RuntimeError(
            "In-place leakyReLu backward calculation is triggered with a negative slope which is not supported. This is caused by calling "
            "in-place forward function with a negative slope, please call out-of-place version instead. File an issue at "
            "https://github.com/pytorch/pytorch if you do require supporting in-place leakRelu backward calculation with negative slope"
        )
    return np.where(self > 0, grad_output, grad_output * negative_slope).astype(grad_output.dtype)[()]


_LEAKY: Final = "self where self > 0, else negative_slope * self"
leaky_relu = activation(
    "leaky_relu(Tensor self, Scalar negative_slope=0.01)",
    _leaky_relu,
    _LEAKY,
    keeps_layout=True,
    takes="hf",
    self="leaky_relu_backward(grad, self, negative_slope, False)",
)
leaky_relu.in_place = written(
    activation(
        "leaky_relu.inplace(Tensor self, Scalar negative_slope=0.01)",
        _leaky_relu,
        _LEAKY,
        inplace="leaky_relu_",
        takes="hf",
        node="LeakyReluBackward1",
        self="leaky_relu_backward(grad, result, negative_slope, True)",
    ),
    "leaky_relu_",
).in_place
activation(
    "leaky_relu_backward(Tensor grad_output, Tensor self, Scalar negative_slope, bool self_is_result)",
    _leaky_relu_backward,
    "grad_output where self > 0, else negative_slope * grad_output",
    grad_output="leaky_relu_backward(grad, self, negative_slope, self_is_result)",
    self="zeros_like(grad)",
)

# -- elu and its kin


def _elu(self: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Any:
    below = np.expm1(np.minimum(self, 0) * input_scale) * (alpha * scale)
    return np.where(self > 0, self * scale, below).astype(self.dtype)[()]


def _elu_backward(grad_output: Any, alpha: Any, scale: Any, input_scale: Any, is_result: bool, self_or_result: Any) -> Any:
    if is_result and alpha < 0:
        raise RuntimeError(
            "In-place elu backward calculation is triggered with a negative slope which is not supported. This is caused by calling in-place "
            "forward function with a negative slope, please call out-of-place version instead."
        )
    below = (
        input_scale * (self_or_result + alpha * scale)
        if is_result
        else input_scale * alpha * scale * np.exp(np.minimum(self_or_result, 0) * input_scale)
    )
    return (grad_output * np.where(self_or_result > 0, scale, below).astype(grad_output.dtype))[()]


@fresh
def elu_double_backward(
    k: Any, grad: Any, grad_output: Any, alpha: Any, scale: Any, input_scale: Any, is_result: bool, self_or_result: Any
) -> Any:
    """The derivative of the slope below 0."""
    if is_result:
        return k.where(self_or_result > 0, 0.0, grad * grad_output * input_scale)
    factor = input_scale * input_scale * alpha * scale
    return k.where(self_or_result > 0, 0.0, grad * grad_output * factor * k.exp(self_or_result * input_scale))


_ELU: Final = "scale * self where self > 0, else scale * alpha * (exp(input_scale * self) - 1)"
elu = activation(
    "elu(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)",
    _elu,
    _ELU,
    keeps_layout=True,
    takes="hf",
    self="elu_backward(grad, alpha, scale, input_scale, False, self)",
)
elu.in_place = written(
    activation(
        "elu.inplace(Tensor self, Scalar alpha=1, Scalar scale=1, Scalar input_scale=1)",
        _elu,
        _ELU,
        inplace="elu_",
        takes="hf",
        node="EluBackward1",
        self="elu_backward(grad, alpha, scale, input_scale, True, result)",
    ),
    "elu_",
).in_place
activation(
    "elu_backward(Tensor grad_output, Scalar alpha, Scalar scale, Scalar input_scale, bool is_result, Tensor self_or_result)",
    _elu_backward,
    "grad_output * scale where self > 0, else grad_output * scale * alpha * input_scale * exp(input_scale * self)",
    grad_output="elu_backward(grad, alpha, scale, input_scale, is_result, self_or_result)",
    self_or_result="elu_double_backward(grad, grad_output, alpha, scale, input_scale, is_result, self_or_result)",
)


def _celu(self: Any, alpha: Any = 1.0) -> Any:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu(self, alpha, 1, 1.0 / alpha)


_CELU: Final = "self where self > 0, else alpha * (exp(self / alpha) - 1)"
celu = op(
    "celu(Tensor self, Scalar alpha=1.0)",
    _celu,
    _CELU,
    keeps_layout=True,
    takes="hf",
    kernel="elu_cpu",
    method=False,
    self="elu_backward(grad, alpha, 1, 1.0 / alpha, False, self)",
)
celu.in_place = op(
    "celu.inplace(Tensor self, Scalar alpha=1.0)",
    _celu,
    _CELU,
    inplace="celu_",
    takes="hf",
    kernel="elu_cpu",
    node="CeluBackward1",
    method=False,
    self="elu_backward(grad, alpha, 1, 1.0 / alpha, True, result)",
).in_place
delattr(Tensor, "celu_")

# -- bounded lines


def _hardtanh(self: Any, min_val: Any = -1, max_val: Any = 1) -> Any:
    if self.dtype == np.bool_:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if self.dtype.kind == "u" and (min_val < 0 or max_val < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    if self.dtype.kind in "iu":
        min_val, max_val = int(min_val), int(max_val)
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return np.clip(self, min_val, max_val).astype(self.dtype, copy=False)


def _between(grad_output: Any, self: Any, low: Any, high: Any) -> Any:
    return np.where((self <= low) | (self >= high), grad_output.dtype.type(0), grad_output)[()]


hardtanh = activation(
    "hardtanh(Tensor self, Scalar min_val=-1, Scalar max_val=1)",
    _hardtanh,
    "self, kept between min_val and max_val",
    keeps_layout=True,
    inplace=True,
    self="hardtanh_backward(grad, self, min_val, max_val)",
)
written(hardtanh, "hardtanh_")
activation(
    "hardtanh_backward(Tensor grad_output, Tensor self, Scalar min_val, Scalar max_val)",
    _between,
    "grad_output where self is between the bounds, else 0",
    grad_output="hardtanh_backward(grad, self, min_val, max_val)",
    self="zeros_like(grad)",
)
hardsigmoid = activation(
    "hardsigmoid(Tensor self)",
    lambda self: (np.clip(self + 3, 0, 6) / 6).astype(self.dtype)[()],
    "(self + 3) / 6, kept between 0 and 1",
    takes="hf",
    inplace=True,
    self="hardsigmoid_backward(grad, self)",
)
written(hardsigmoid, "hardsigmoid_")
activation(
    "hardsigmoid_backward(Tensor grad_output, Tensor self)",
    lambda grad_output, self: np.where((self > -3) & (self < 3), grad_output / 6, 0).astype(grad_output.dtype)[()],
    "grad_output / 6 where self is between -3 and 3, else 0",
    node="NotImplemented",
    grad_output="not_differentiable('hardsigmoid_backward')",
    self="not_differentiable('hardsigmoid_backward')",
)


def _hardswish_backward(grad_output: Any, self: Any) -> Any:
    slope = np.where(self <= -3, 0, np.where(self < 3, self / 3 + 0.5, 1)).astype(grad_output.dtype)
    return (grad_output * slope)[()]


@fresh
def hardswish_double_backward(k: Any, grad: Any, grad_output: Any, self: Any) -> Any:
    """The slope grows by a third between -3 and 3."""
    return k.where((self > -3) & (self < 3), grad * grad_output / 3, 0.0)


hardswish = activation(
    "hardswish(Tensor self)",
    lambda self: (self * np.clip(self + 3, 0, 6) / 6).astype(self.dtype)[()],
    "self * hardsigmoid(self)",
    takes="hf",
    inplace=True,
    self="hardswish_backward(grad, self)",
)
written(hardswish, "hardswish_")
activation(
    "hardswish_backward(Tensor grad_output, Tensor self)",
    _hardswish_backward,
    "grad_output * (self / 3 + 1 / 2) where self is between -3 and 3, grad_output above, 0 below",
    grad_output="hardswish_backward(grad, self)",
    self="hardswish_double_backward(grad, grad_output, self)",
)

# -- shrinking


def _inside(self: Any, lambd: Any) -> Any:
    return (self >= -lambd) & (self <= lambd)


def _softshrink(self: Any, lambd: Any = 0.5) -> Any:
    largest = np.finfo(self.dtype).max
    if not 0 <= lambd <= largest:
        kind = of_array(self)._legacy
        raise RuntimeError(f"lambda must be in range [0, {largest:g}] for input dtype {kind}, but found {lambd:g}")
    shrunk = np.where(self > lambd, self - lambd, np.where(self < -lambd, self + lambd, self * 0))
    return shrunk.astype(self.dtype)[()]


hardshrink = op(
    "hardshrink(Tensor self, Scalar lambd=0.5)",
    lambda self, lambd=0.5: np.where(_inside(self, lambd), self.dtype.type(0), self)[()],
    "self where |self| > lambd, else 0",
    keeps_layout=True,
    takes="hf",
    self="hardshrink_backward(grad, self, lambd)",
)
softshrink = activation(
    "softshrink(Tensor self, Scalar lambd=0.5)",
    _softshrink,
    "self, moved towards 0 by lambd",
    keeps_layout=True,
    takes="hf",
    kernel="softshrink_check",
    self="softshrink_backward(grad, self, lambd)",
)
for _name in ("hardshrink", "softshrink"):
    activation(
        f"{_name}_backward(Tensor grad_out, Tensor self, Scalar lambd)",
        lambda grad_out, self, lambd: np.where(_inside(self, lambd), grad_out.dtype.type(0), grad_out)[()],
        "grad_out where |self| > lambd, else 0",
        grad_out=f"{_name}_backward(grad, self, lambd)",
        self="zeros_like(grad)",
    )

# -- slopes that are learned, or random


_prelu = activation(
    "_prelu_kernel(Tensor self, Tensor weight)",
    lambda self, weight: np.where(self > 0, self, weight * self)[()],
    "self where self > 0, else weight * self",
    keeps_layout=True,
    takes="hf",
    kernel="prelu_cpu",
    self="_prelu_kernel_backward(grad, self, weight)[0]",
    weight="_prelu_kernel_backward(grad, self, weight)[1]",
)
activation(
    "_prelu_kernel_backward(Tensor grad_output, Tensor self, Tensor weight) -> (grad_self, grad_weight)",
    lambda grad_output, self, weight: (
        np.where(self > 0, grad_output, weight * grad_output),
        np.where(self > 0, grad_output.dtype.type(0), self * grad_output),
    ),
    "grad_output where self > 0, else weight * grad_output; self * grad_output where self <= 0",
    grad_output="where(self >= 0, grads[0], grads[0] * weight + grads[1] * self)",
    self="where(self >= 0, 0.0, grad_output * grads[1])",
    weight="where(self >= 0, 0.0, grad_output * grads[0])",
)


@public
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where positive, else input times a learned slope: one for all, or one for each channel."""
    for name, t in (("input", input), ("weight", weight)):
        if not isinstance(t, Tensor):
            raise TypeError(f"prelu(): argument '{name}' must be Tensor, not {type(t).__name__}")
    if input.dtype is not weight.dtype:
        raise RuntimeError(
            "prelu: Type promoting not supported. Got "
            f"{str(input.dtype).removeprefix('torch.').replace('32', '')} and {str(weight.dtype).removeprefix('torch.').replace('32', '')}"
        )
    shape, count = input._value.shape, weight._value.size
    if count != 1:
        if not shape:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = shape[1] if len(shape) > 1 else 1
        if channels != count:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {count} and channel size = {channels}."
            )
    if weight._value.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight._value.ndim}")
    sizes = [-1 if d == 1 or len(shape) < 2 else 1 for d in range(len(shape))] if count != 1 else [1] * len(shape)
    if weight._value.ndim != len(shape) or (len(shape) == 1 and count != 1):
        weight = weight.view(sizes)
    result: Tensor = _prelu(input, weight)
    return result


def _rrelu(self: Any, noise: Any, lower: Any = 0.125, upper: Any = 1 / 3, training: bool = False, generator: Any = None) -> Any:
    from ..draws import uniform
    from ..random import default_generator

    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return _leaky_relu(self, (lower + upper) / 2)
    below = self <= 0
    source = default_generator if generator is None else generator
    # A slope is drawn for each element that needs one, in their order.
    drawn = uniform(int(np.count_nonzero(below)), np.dtype(np.float64), source, lower, upper).astype(self.dtype)
    slopes = np.ones(self.shape, self.dtype)
    slopes[below] = drawn
    noise[...] = slopes
    return (self * slopes)[()]


@fresh
def rrelu_backward(k: Any, grad: Any, self: Any, noise: Any, lower: Any, upper: Any, training: bool, is_result: bool) -> Any:
    """The gradient times the slopes that were drawn; outside of training, times their mean."""
    if training and upper - lower > 1e-6:
        return noise * grad
    return k.leaky_relu_backward(grad, self, (lower + upper) / 2, is_result)


_RRELU: Final = "(Tensor self, Tensor noise, Scalar lower=0.125, Scalar upper=0.3333333333333333, bool training=False, Generator? generator=None)"
_DRAWN: Final = "self where self > 0, else self times a slope between lower and upper"
rrelu_with_noise = activation(
    f"rrelu_with_noise{_RRELU}",
    _rrelu,
    _DRAWN,
    takes="hf",
    kernel="rrelu_with_noise_out_cpu",
    self="rrelu_backward(grad, self, noise, lower, upper, training, False)",
)
rrelu_with_noise.in_place = written(
    activation(
        f"rrelu_with_noise.inplace{_RRELU}",
        _rrelu,
        _DRAWN,
        inplace="rrelu_with_noise_",
        takes="hf",
        kernel="rrelu_with_noise_out_cpu",
        node="RreluWithNoiseBackward1",
        self="rrelu_backward(grad, result, noise, lower, upper, training, True)",
    ),
    "rrelu_with_noise_",
).in_place
