"""Dropout."""

from __future__ import annotations

import math

from ...api import FUNCTIONS, public
from ...frames import warn
from ...tensor import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _checked(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _dropped(input: Tensor, p: float, train: bool, inplace: bool, feature: bool, alpha: bool) -> Tensor:
    """input times random noise: for each element, or for each channel; as alpha dropout, moved and scaled to keep its moments.

    Raises:
        RuntimeError: p is no probability.
    """
    if not 0.0 <= p <= 1.0:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
    if p == 0 or not train or not input.numel():
        return input
    if p == 1:
        zeros = FUNCTIONS["zeros"]((), dtype=input.dtype)
        return input.mul_(zeros) if inplace else input * zeros
    plain = input.detach()
    if feature:
        if plain.dim() < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        noise = FUNCTIONS["empty"]([*plain.shape[:2], *[1] * (plain.dim() - 2)], dtype=input.dtype)
    else:
        noise = FUNCTIONS["empty_like"](plain)
    noise.bernoulli_(1 - p)
    if not alpha:
        noise.div_(1 - p)
        return input.mul_(noise) if inplace else input * noise
    saturation = 1.7580993408473766
    a = 1.0 / math.sqrt((saturation * saturation * p + 1) * (1 - p))
    shift = noise.add(-1).mul_(saturation * a).add_(saturation * a * p)
    noise.mul_(a)
    return input.mul_(noise).add_(shift) if inplace else input * noise + shift


@public(method=False, name="dropout")
def _torch_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """input with elements zeroed by chance p, the others scaled up by 1 / (1 - p)."""
    return _dropped(input, p, train, False, False, False)


@public(method=False, name="dropout_")
def _torch_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """dropout, written into input."""
    return _dropped(input, p, train, True, False, False)


@public(method=False, name="feature_dropout")
def _feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """input with channels zeroed by chance p, the others scaled up by 1 / (1 - p)."""
    return _dropped(input, p, train, False, True, False)


@public(method=False, name="feature_dropout_")
def _feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """feature_dropout, written into input."""
    return _dropped(input, p, train, True, True, False)


@public(method=False, name="alpha_dropout_")
def _alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """alpha_dropout, written into input."""
    return _dropped(input, p, train, True, False, True)


@public(method=False, name="feature_alpha_dropout_")
def _feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """feature_alpha_dropout, written into input."""
    return _dropped(input, p, train, True, True, True)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """input with elements zeroed by chance p, the others scaled up by 1 / (1 - p) (Hinton et al., 2012).

    Raises:
        ValueError: p is no probability.
    """
    _checked(p)
    return _dropped(input, p, training, inplace, False, False)


@public(method=False)
def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """input with elements set to selu's lower bound by chance p, so that mean and variance stay (Klambauer et al., 2017).

    Raises:
        ValueError: p is no probability.
    """
    _checked(p)
    return _dropped(input, p, training, inplace, False, True)


@public(method=False)
def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """alpha_dropout of whole channels.

    Raises:
        ValueError: p is no probability.
    """
    _checked(p)
    return _dropped(input, p, training, inplace, True, True)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """input, (samples, channels, length) or without samples, with whole channels zeroed by chance p.

    Raises:
        ValueError: p is no probability.
        RuntimeError: The input has another number of dimensions.
    """
    _checked(p)
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.dim()}D input. Note that dropout1d exists to provide channel-wise "
            "dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs)."
        )
    batched = input.dim() == 3
    if not batched:
        input = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = _dropped(input, p, training, inplace, True, False)
    if batched:
        return result
    return result.squeeze_(0) if inplace else result.squeeze(0)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """input, (samples, channels, height, width), with whole channels zeroed by chance p (Tompson et al., 2015).

    Raises:
        ValueError: p is no probability.
    """
    _checked(p)
    if input.dim() not in (3, 4):
        warn(
            f"dropout2d: Received a {input.dim()}-D input to dropout2d, which is deprecated and will result in an error in a future release. "
            "To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d exists to provide channel-wise "
            "dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 3D or 4D inputs).",
            UserWarning,
        )
    if input.dim() == 3:
        warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is "
            "interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret the "
            "input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch "
            "to using dropout1d instead.",
            UserWarning,
        )
    return _dropped(input, p, training, inplace, True, False)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """input, (samples, channels, depth, height, width) or without samples, with whole channels zeroed by chance p.

    Raises:
        ValueError: p is no probability.
    """
    _checked(p)
    if input.dim() not in (4, 5):
        warn(
            f"dropout3d: Received a {input.dim()}-D input to dropout3d, which is deprecated and will result in an error in a future release. "
            "To retain the behavior and silence this warning, please use dropout instead. Note that dropout3d exists to provide channel-wise "
            "dropout on inputs with 3 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 4D or 5D inputs).",
            UserWarning,
        )
    batched = input.dim() == 5
    if not batched:
        input = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = _dropped(input, p, training, inplace, True, False)
    if batched:
        return result
    return result.squeeze_(0) if inplace else result.squeeze(0)
