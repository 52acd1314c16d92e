"""torch.nn.functional."""

from __future__ import annotations

from typing import Any, Final

from .. import observe
from ..api import FUNCTIONS
from ..frames import warn
from ..ops import activation, loss
from ..ops.arithmetic import div_scalar, mul_scalar
from ..ops.matmul import linear
from ..rules import TENSORS
from ..tensor import Tensor, wrap

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "dropout", "elu", "gelu", "hardtanh", "huber_loss",
    "l1_loss", "leaky_relu", "linear", "log_softmax", "logsigmoid", "mse_loss", "nll_loss", "normalize", "one_hot", "relu", "relu6", "selu",
    "sigmoid", "silu", "smooth_l1_loss", "softmax", "softmin", "softplus", "softsign", "tanh", "tanhshrink",
]  # fmt: skip

_REDUCTIONS: Final = {"none": 0, "mean": 1, "elementwise_mean": 1, "sum": 2}


def _reduction(name: str) -> int:
    if name not in _REDUCTIONS:
        raise ValueError(f"{name} is not a valid value for reduction")
    return _REDUCTIONS[name]


def _activation(row: Any, name: str, *options: str) -> Any:
    """A row as an activation with an `inplace` switch."""

    def function(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        if len(args) > len(options):
            args, inplace = args[:-1], args[-1]
        return row.in_place(input, *args, **kwargs) if inplace else row(input, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = row.__doc__
    return function


relu = _activation(activation.relu, "relu")
leaky_relu = _activation(activation.leaky_relu, "leaky_relu", "negative_slope")
hardtanh = _activation(activation.hardtanh, "hardtanh", "min_val", "max_val")
silu = _activation(activation.silu, "silu")
softplus = activation.softplus
gelu = activation.gelu
logsigmoid = activation.log_sigmoid
sigmoid = FUNCTIONS["sigmoid"]
tanh = FUNCTIONS["tanh"]


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input, kept between 0 and 6."""
    return hardtanh(input, 0, 6, inplace=inplace)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where positive, else alpha * (exp(input) - 1)."""
    row: Any = activation.elu
    return row.in_place(input, alpha) if inplace else row(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu, scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017)."""
    row: Any = activation.elu
    constants = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946)
    return row.in_place(input, *constants) if inplace else row(input, *constants)


def softsign(input: Tensor) -> Tensor:
    """input / (|input| + 1)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input)."""
    return input - input.tanh()


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input), scaled so that it sums to 1 over dim."""
    return activation.softmax(input, _implicit(input, dim, "softmax"), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of softmax."""
    return activation.log_softmax(input, _implicit(input, dim, "log_softmax"), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The softmax of -input."""
    return activation.softmax(-input, _implicit(input, dim, "softmin"), dtype)


def _implicit(input: Tensor, dim: int | None, name: str) -> int:
    if dim is not None:
        return dim
    warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
    )
    return 0 if input.ndim in (0, 1, 3) else 1


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """input with elements zeroed by chance p, the others scaled up by 1 / (1 - p)."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0 or not input.numel():
        return input
    noise = TENSORS.empty_like(input.detach()).bernoulli_(1 - p)
    if p < 1:
        noise.div_(1 - p)
    return input.mul_(noise) if inplace else input * noise


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """input over its p-norm along dim."""
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Each class number as a row of zeros with one 1."""
    import numpy as np

    value = np.asarray(tensor._value)
    if value.dtype != np.int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if value.size and value.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    count = int(value.max()) + 1 if num_classes == -1 else num_classes
    if value.size and value.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    made = wrap(np.eye(count, dtype=np.int64)[value])
    if observe.active is not None:
        observe.active.tensor_created(made, "one_hot")
    return made


# -- losses


def _broadcast(input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Both expanded to their common shape, with PyTorch's warning if they differ."""
    if input.shape == target.shape:
        return input, target
    warn(
        f"Using a target size ({target.shape!r}) that is different to the input size ({input.shape!r}). This will likely lead to "
        "incorrect results due to broadcasting. Please ensure they have the same size.",
        UserWarning,
    )
    return tuple(FUNCTIONS["broadcast_tensors"](input, target))


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """(input - target) ** 2, averaged, summed or as it is."""
    first, second = _broadcast(input, target)
    if weight is not None:
        squared = loss.mse_loss(first, second, 0) * weight
        return squared.sum() / weight.sum() if reduction == "mean" else squared.sum() if reduction == "sum" else squared
    return loss.mse_loss(first, second, _reduction(reduction))


def l1_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Tensor:
    """|input - target|, averaged, summed or as it is."""
    first, second = _broadcast(input, target)
    size = (first - second).abs()
    return size.mean() if _reduction(reduction) == 1 else size.sum() if reduction == "sum" else size


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Tensor:
    """A parabola within beta of the target, a straight line beyond."""
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    return loss.smooth_l1_loss(*_broadcast(input, target), _reduction(reduction), float(beta))


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """A parabola within delta of the target, a straight line of slope delta beyond."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return loss.huber_loss(*_broadcast(input, target), _reduction(reduction), float(delta))


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The cross entropy of probabilities and targets between 0 and 1."""
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape!r}) that is different to the input size ({input.shape!r}) is deprecated. Please ensure "
            "they have the same size."
        )
    return loss.binary_cross_entropy(input, target, weight, _reduction(reduction))


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """The cross entropy of logits and targets between 0 and 1."""
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape!r}) must be the same as input size ({input.shape!r})")
    return loss.binary_cross_entropy_with_logits(input, target, weight, pos_weight, _reduction(reduction))


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """-input[target], by class weight, averaged, summed or as it is."""
    return loss.nll_loss(input, target, weight, _reduction(reduction), ignore_index)


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The cross entropy of logits and targets: class numbers, or a probability for each class.

    Args:
        input: (classes), (batch, classes) or (batch, classes, ...).
        target: Class numbers without the class dimension, or probabilities of input's shape.
        weight: (classes).
        size_average: Deprecated, ignored.
        ignore_index: A class number that counts for nothing.
        reduce: Deprecated, ignored.
        reduction: "mean", "sum" or "none".
        label_smoothing: Between 0 and 1: how much of each target is spread evenly over all classes.
    """
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = 0 if input.ndim == 1 else 1
    logs = activation.log_softmax(input, axis)
    if input.shape == target.shape:
        return _probability_entropy(logs, target, weight, axis, reduction, label_smoothing)
    plain = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return plain
    classes = input.shape[axis]
    if weight is None:
        smooth = -logs.sum(axis)
    else:
        smooth = -(logs * weight.view([-1 if d == axis else 1 for d in range(input.ndim)])).sum(axis)
    ignored: Any = target == ignore_index
    smooth = smooth.masked_fill(ignored, 0.0)
    if reduction == "mean":
        if weight is None:
            smooth = smooth.sum() / ignored.logical_not().sum()
        else:
            own = weight[target.masked_fill(ignored, 0)].masked_fill(ignored, 0.0)
            smooth = smooth.sum() / own.sum()
    elif reduction == "sum":
        smooth = smooth.sum()
    return mul_scalar(plain, 1 - label_smoothing) + mul_scalar(smooth, label_smoothing / classes)


def _probability_entropy(
    logs: Tensor, target: Tensor, weight: Tensor | None, axis: int, reduction: str, smoothing: float
) -> Tensor:
    if not target.is_floating_point():
        raise RuntimeError(f"Expected floating point type for target with class probabilities, got {target.dtype._legacy}")
    if smoothing:
        target = target * (1 - smoothing) + smoothing / logs.shape[axis]
    products = logs * target
    if weight is not None:
        products = products * weight.view([-1 if d == axis else 1 for d in range(logs.ndim)])
    if reduction == "none":
        return -products.sum(axis)
    summed = -products.sum()
    if reduction == "sum":
        return summed
    samples = logs.numel() // logs.shape[axis]
    return div_scalar(summed, samples)


def __dir__() -> list[str]:
    return __all__
