"""torch.nn.init: what parameters begin with. All of it goes unrecorded."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..api import FUNCTIONS
from ..frames import warn
from ..grad_mode import no_grad
from ..rules import TENSORS
from ..tensor import Tensor

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_", "kaiming_uniform",
    "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse", "sparse_", "trunc_normal_", "uniform",
    "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform", "xavier_uniform_", "zeros_",
]  # fmt: skip

# -- one distribution


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with uniform numbers in [a, b)."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with normal numbers."""
    return tensor.normal_(mean, std, generator=generator)


def _below(x: float) -> float:
    """How much of the normal distribution lies below x."""
    return (1.0 + math.erf(x / math.sqrt(2.0))) / 2.0


@no_grad()
def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Fill with numbers of the normal distribution as it is between a and b.

    Where that is a good part of the whole, what falls outside is drawn again; else uniform numbers are drawn and kept as
    often as the distribution has them.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be incorrect.",
            UserWarning,
        )
    if _below((b - mean) / std) - _below((a - mean) / std) > 0.3:
        low, high = (tensor.new_tensor(bound).item() for bound in (a, b))
        tensor.normal_(mean, std, generator=generator)
        while (outside := (tensor < low) | (tensor > high)).any():
            again = FUNCTIONS["empty_like"](tensor).normal_(mean, std, generator=generator)
            tensor.copy_(FUNCTIONS["where"](outside, again, tensor))
        return tensor
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    chance = FUNCTIONS["empty_like"](tensor)

    def refused(drawn: Tensor) -> Tensor:
        wanted = drawn.sub(mean).div_(std).pow_(2).mul_(-0.5).sub_(peak)
        return chance.uniform_(generator=generator).log_().gt(wanted)

    pending = refused(tensor.uniform_(a, b, generator=generator))
    drawn = FUNCTIONS["empty_like"](tensor)
    while pending.any():
        drawn.uniform_(a, b, generator=generator)
        tensor.copy_(FUNCTIONS["where"](pending, drawn, tensor))
        pending = pending.logical_and(refused(drawn))
    return tensor


# -- one pattern


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one number."""
    return tensor.fill_(val)


@no_grad()
def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return tensor.fill_(1.0)


@no_grad()
def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return tensor.zero_()


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity.

    Raises:
        ValueError: It is no matrix.
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return tensor.copy_(FUNCTIONS["eye"](*tensor.shape, dtype=tensor.dtype))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight so that it gives back as many of its input's channels as it can, in each group.

    Raises:
        ValueError: It is no such weight, or the groups do not divide it.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    channels, width, *sizes = tensor.shape
    if channels % groups != 0:
        raise ValueError("dim 0 must be divisible by groups")
    tensor.zero_()
    middle = tuple(size // 2 for size in sizes)
    each = channels // groups
    for group in range(groups):
        for channel in range(min(each, width)):
            tensor[(group * each + channel, channel, *middle)] = 1
    return tensor


# -- by the size of a layer


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The factor that keeps the variance through a nonlinearity.

    Args:
        nonlinearity: Its name.
        param: leaky_relu's slope.

    Raises:
        ValueError: There is no such nonlinearity, or the slope is no number.
    """
    fixed = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    linear = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid")
    if nonlinearity in linear:
        return 1
    if nonlinearity in fixed:
        return fixed[nonlinearity]
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"negative_slope {slope} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many elements of the input an element of the output depends on, and the other way."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _xavier_std(tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    names = ["fan_in", "fan_out"]
    if mode.lower() not in names:
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of {names}")
    fan = _calculate_fan_in_and_fan_out(tensor)[names.index(mode.lower())]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers by fan in and fan out (Glorot and Bengio, 2010)."""
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers by fan in and fan out (Glorot and Bengio, 2010)."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _is_empty(tensor: Tensor) -> bool:
    if 0 not in tensor.shape:
        return False
    warn("Initializing zero-element tensors is a no-op", UserWarning)
    return True


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Uniform numbers by one fan (He et al., 2015).

    Args:
        tensor: A layer's weight.
        a: leaky_relu's slope.
        mode: Which fan: "fan_in" or "fan_out".
        nonlinearity: What comes after the layer.
        generator: Of the numbers.

    Raises:
        ValueError: There is no such mode or nonlinearity, or the weight has fewer than 2 dimensions.
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Normal numbers by one fan (He et al., 2015); the arguments are kaiming_uniform_'s."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with a matrix whose rows or columns are orthogonal and of length `gain` (Saxe et al., 2013).

    Raises:
        ValueError: It has fewer than 2 dimensions.
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    drawn = tensor.new_empty((rows, columns)).normal_(0, 1, generator=generator)
    q, r = TENSORS.linalg_qr(drawn.t() if rows < columns else drawn)
    # Which makes the factorization unique, and so the result uniformly distributed (Mezzadri, 2006).
    q = q * r.diag().sign()
    found = q.t() if rows < columns else q
    return tensor.copy_(found.reshape(tensor.shape)).mul_(gain)


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill a matrix with normal numbers, and with zeros in a part of each column (Martens, 2010).

    Args:
        tensor: The matrix.
        sparsity: Which part of each column is 0.
        std: Of the other elements.
        generator: Of their numbers.

    Raises:
        ValueError: It is no matrix.
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor[FUNCTIONS["randperm"](rows)[: math.ceil(sparsity * rows)], column] = 0
    return tensor


# -- names without the underscore


def _deprecated(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    new = function.__name__
    old = new.removesuffix("_")

    def renamed(*args: Any, **kwargs: Any) -> Tensor:
        warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning)
        return function(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"Deprecated name of {new}."
    return renamed


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)


def __dir__() -> list[str]:
    return __all__
