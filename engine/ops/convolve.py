"""torch.conv1d and its like: convolution as it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..api import op, public
from ..frames import warn
from ..rules import TENSORS, helper
from ..tensor import Tensor
from .arguments import combination_error, ints
from .convolution import convolution

__all__ = ["conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]

_START: Final = "Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1, "
_SIGNATURES: Final = tuple(
    _START + padding + ", tuple of ints dilation = 1, int groups = 1"
    for padding in ("tuple of ints padding = 0", 'str padding = "valid"')
)


def _batched(input: Tensor, dims: int, name: str) -> tuple[Tensor, bool]:
    """(the input with a dimension of samples, whether it had one).

    Raises:
        RuntimeError: It has another number of dimensions.
    """
    if input._value.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: {list(input._value.shape)}"
        )
    batched = input._value.ndim == dims + 2
    return input if batched else input.unsqueeze(0), batched


def _same(
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: tuple[int, ...], dilation: tuple[int, ...], groups: int
) -> Tensor:
    """A convolution padded so that the output has the input's size."""
    shape, size = list(weight._value.shape), list(input._value.shape)
    dims = len(shape) - 2
    if len(shape) != len(size):
        raise RuntimeError(
            f"Expected {len(shape)}-dimensional input for {len(shape)}-dimensional weight{shape}, but got {len(size)}-dimensional input of size "
            f"{size} instead"
        )
    if dims < 1:
        raise RuntimeError("weight should have at least three dimensions")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    spread = dilation * dims if len(dilation) == 1 else dilation
    totals = [d * (k - 1) for d, k in zip(spread, weight._value.shape[2:], strict=True)]
    padding = [t // 2 for t in totals]
    if any(t % 2 for t in totals):
        warn(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be created",
            UserWarning,
        )
        # One more on the far side of each dimension that needs an odd number.
        extra = [n for t in reversed(totals) for n in (0, t % 2)]
        input = TENSORS.constant_pad_nd(input, extra, 0)
    return convolution(input, weight, bias, stride, padding, dilation, False, (0,) * dims, groups)


def _forward(dims: int) -> Callable[..., Tensor]:
    name = f"conv{dims}d"

    def conv(
        input: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
    ) -> Tensor:
        steps, spread = ints(stride), ints(dilation)
        border = padding if isinstance(padding, str) else ints(padding)
        fits = isinstance(input, Tensor) and isinstance(weight, Tensor) and (bias is None or isinstance(bias, Tensor))
        if not fits or steps is None or spread is None or border is None:
            given = {"bias": bias, "stride": stride, "padding": padding, "dilation": dilation}
            defaults = {"bias": None, "stride": 1, "padding": 0, "dilation": 1}
            changed = {key: value for key, value in given.items() if value is not defaults[key]}
            raise combination_error(name, (input, weight), changed, *_SIGNATURES)
        given_input, batched = _batched(input, dims, name)
        if isinstance(border, str):
            if border not in ("same", "valid"):
                raise RuntimeError(f"Invalid padding string: '{border}'")
            result = (
                _same(given_input, weight, bias, steps, spread, groups)
                if border == "same"
                else convolution(given_input, weight, bias, steps, (0,) * dims, spread, False, (0,) * dims, groups)
            )
        else:
            result = convolution(given_input, weight, bias, steps, border, spread, False, (0,) * dims, groups)
        return result if batched else result.squeeze(0)

    conv.__name__ = conv.__qualname__ = name
    conv.__doc__ = f"""Slide a kernel over {dims} dimension{"s" if dims > 1 else ""}.

    Args:
        input: (samples, channels, sizes), or without samples.
        weight: (out channels, channels / groups, kernel sizes).
        bias: (out channels).
        stride: By how much the kernel moves.
        padding: How many zeros stand on either side; "valid" for none, "same" for as many as keep the size.
        dilation: How far apart the elements are that the kernel covers.
        groups: In how many parts the channels fall, each seeing only itself.

    Raises:
        RuntimeError: The sizes do not fit each other.
    """
    return public(method=False)(conv)


def _transposed(dims: int) -> Callable[..., Tensor]:
    name = f"conv_transpose{dims}d"

    def conv_transpose(
        input: Tensor,
        weight: Tensor,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Tensor:
        sizes = []
        for position, (word, value) in enumerate(
            (("stride", stride), ("padding", padding), ("output_padding", output_padding), ("dilation", dilation))
        ):
            found = ints(value)
            if found is None:
                place = f" (position {(4, 5, 6, 8)[position]})" if not isinstance(value, str) else ""
                raise TypeError(f"{name}(): argument '{word}'{place} must be tuple of ints, not {type(value).__name__}")
            sizes.append(found)
        given, batched = _batched(input, dims, name)
        result = convolution(given, weight, bias, sizes[0], sizes[1], sizes[3], True, sizes[2], groups)
        return result if batched else result.squeeze(0)

    conv_transpose.__name__ = conv_transpose.__qualname__ = name
    conv_transpose.__doc__ = f"""The transpose of a convolution over {dims} dimension{"s" if dims > 1 else ""}.

    Args:
        input: (samples, channels, sizes), or without samples.
        weight: (channels, out channels / groups, kernel sizes).
        bias: (out channels).
        stride: How far apart the kernel's copies are laid.
        padding: By how much the output is cut on either side.
        output_padding: How much is added to the output on one side.
        groups: In how many parts the channels fall.
        dilation: How far apart the kernel's elements are laid.

    Raises:
        RuntimeError: The sizes do not fit each other.
    """
    return public(method=False)(conv_transpose)


conv1d, conv2d, conv3d = _forward(1), _forward(2), _forward(3)
conv_transpose1d, conv_transpose2d, conv_transpose3d = _transposed(1), _transposed(2), _transposed(3)


def _turned(k: Any, value: Any, *order: int) -> Any:
    return k.permute(value, order)


@helper
def conv_tbc_of(k: Any, self: Any, weight: Any, bias: Any, pad: int) -> Any:
    """A 1-d convolution with time first, samples second and channels last."""
    made = k.convolution(_turned(k, self, 1, 2, 0), _turned(k, weight, 2, 1, 0), bias, (1,), (pad,), (1,), False, (0,), 1)
    return k.contiguous(_turned(k, made, 2, 0, 1))


@helper
def conv_tbc_backward(k: Any, grad: Any, self: Any, weight: Any, pad: int, needed: Any) -> tuple[Any, Any, Any]:
    """The gradients of the input, the weight and the bias."""
    arguments = (_turned(k, grad, 1, 2, 0), _turned(k, self, 1, 2, 0), _turned(k, weight, 2, 1, 0))
    found = k.convolution_backward(*arguments, (1,), (pad,), (1,), False, 1, needed)
    return (
        _turned(k, found[0], 2, 0, 1) if needed[0] else None,
        _turned(k, found[1], 2, 1, 0) if needed[1] else None,
        found[2],
    )


def _conv_tbc(self: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    from ..rules import ARRAYS

    if self.ndim != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if weight.ndim != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if bias.ndim != 1:
        raise RuntimeError("Bias must be 1-D")
    if self.shape[2] != weight.shape[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if weight.shape[2] != bias.shape[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    return ARRAYS.conv_tbc_of(self, weight, bias, pad)


conv_tbc = op(
    "conv_tbc(Tensor self, Tensor weight, Tensor bias, int pad=0)",
    _conv_tbc,
    "bias + the sum of weight * (what the kernel sees of self), at each time",
    method=False,
    self="conv_tbc_backward(grad, self, weight, pad, needed)[0]",
    weight="conv_tbc_backward(grad, self, weight, pad, needed)[1]",
    bias="conv_tbc_backward(grad, self, weight, pad, needed)[2]",
)
