"""Activations, and softmax in all its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ...api import FUNCTIONS, public
from ...frames import warn
from ...ops import activation as kinked
from ...ops import smooth_activation as smooth
from ...ops import softmax as normalized
from ...tensor import Tensor

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_",
    "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_",
    "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip


def _with_switch(row: Any, name: str, *options: tuple[str, Any], last: str = "inplace") -> Callable[..., Tensor]:
    """A row as an activation whose last argument says whether to write into the input."""
    names = [n for n, _ in options]
    defaults = dict(options)

    def function(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if len(args) > len(names):
            args, inplace = args[:-1], args[-1]
        given = defaults | dict(zip(names, args, strict=False)) | kwargs
        if given.keys() - defaults.keys():
            wrong = next(iter(given.keys() - defaults.keys()))
            raise TypeError(f"{name}() got an unexpected keyword argument '{wrong}'")
        called = row.in_place if inplace else row
        result: Tensor = called(input, *given.values())
        return result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{row.op.formula[0].upper()}{row.op.formula[1:]}; written into input if `inplace`."
    return function


relu = _with_switch(kinked.relu, "relu")
hardtanh = _with_switch(kinked.hardtanh, "hardtanh", ("min_val", -1.0), ("max_val", 1.0))
elu = _with_switch(kinked.elu, "elu", ("alpha", 1.0))
celu = _with_switch(kinked.celu, "celu", ("alpha", 1.0))
leaky_relu = _with_switch(kinked.leaky_relu, "leaky_relu", ("negative_slope", 0.01))
hardsigmoid = _with_switch(kinked.hardsigmoid, "hardsigmoid")
hardswish = _with_switch(kinked.hardswish, "hardswish")
silu = _with_switch(smooth.silu, "silu")
mish = _with_switch(smooth.mish, "mish")
relu_, celu_, threshold_ = FUNCTIONS["relu_"], FUNCTIONS["celu_"], FUNCTIONS["threshold_"]
elu_, leaky_relu_, hardtanh_ = kinked.elu.in_place, kinked.leaky_relu.in_place, kinked.hardtanh.in_place
hardshrink, softshrink, prelu = kinked.hardshrink, kinked.softshrink, kinked.prelu
gelu, softplus, logsigmoid = smooth.gelu, smooth.softplus, smooth.log_sigmoid
sigmoid, tanh = FUNCTIONS["sigmoid"], FUNCTIONS["tanh"]
_SELU: Final = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where above a number, else another number."""
    row: Any = kinked.threshold
    return row.in_place(input, threshold, value) if inplace else row(input, threshold, value)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input, kept between 0 and 6."""
    return hardtanh(input, 0.0, 6.0, inplace)


@public(method=False, name="selu_")
def selu_(input: Tensor) -> Tensor:
    """selu, written into input."""
    row: Any = kinked.elu
    return row.in_place(input, *_SELU)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu, scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017)."""
    row: Any = kinked.elu
    return row.in_place(input, *_SELU) if inplace else row(input, *_SELU)


@public(method=False)
def rrelu_(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """rrelu, written into input."""
    row: Any = kinked.rrelu_with_noise
    return row.in_place(input, FUNCTIONS["empty_like"](input.detach()), lower, upper, training, generator=generator)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """input where positive, else input times a slope drawn between two bounds; their mean when not training."""
    if inplace:
        return rrelu_(input, lower, upper, training)
    row: Any = kinked.rrelu_with_noise
    return row(input, FUNCTIONS["empty_like"](input.detach()), lower, upper, training)


FUNCTIONS.update(selu=selu, rrelu=rrelu)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of input over a dimension, times the sigmoid of the second (Dauphin et al., 2016)."""
    if not input._value.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    return smooth.glu(input, dim)


def softsign(input: Tensor) -> Tensor:
    """input / (|input| + 1)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return input - input.tanh()


def _implicit(input: Tensor, dim: int | None, name: str) -> int:
    if dim is not None:
        return dim
    warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input), scaled so that it sums to 1 over dim."""
    return normalized.softmax(input, _implicit(input, dim, "softmax"), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return normalized.log_softmax(input, _implicit(input, dim, "log_softmax"), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The softmax of -input."""
    return normalized.softmax(-input, _implicit(input, dim, "softmin"), dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A sample of the relaxed categorical distribution (Jang et al., 2017).

    Args:
        logits: The unnormalised logarithms of the probabilities.
        tau: The temperature.
        hard: Whether the sample is one-hot, with the gradient of the soft one.
        eps: Not used.
        dim: The dimension of the categories.
    """
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.", UserWarning)
    noise = -FUNCTIONS["empty_like"](logits.detach()).exponential_().log()
    soft = normalized.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = FUNCTIONS["zeros_like"](logits.detach()).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
