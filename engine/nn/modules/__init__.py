"""torch.nn.modules."""

from __future__ import annotations

from . import (
    activation,
    adaptive,
    batchnorm,
    channelshuffle,
    container,
    conv,
    distance,
    dropout,
    flatten,
    fold,
    instancenorm,
    lazy,
    linear,
    linear_cross_entropy_options,
    loss,
    module,
    normalization,
    padding,
    pixelshuffle,
    pooling,
    rnn,
    sparse,
    transformer,
    upsampling,
    utils,
)

_ROOMS = {
    "activation": activation,
    "adaptive": adaptive,
    "batchnorm": batchnorm,
    "channelshuffle": channelshuffle,
    "container": container,
    "conv": conv,
    "distance": distance,
    "dropout": dropout,
    "flatten": flatten,
    "fold": fold,
    "instancenorm": instancenorm,
    "linear": linear,
    "linear_cross_entropy_options": linear_cross_entropy_options,
    "loss": loss,
    "module": module,
    "normalization": normalization,
    "padding": padding,
    "pixelshuffle": pixelshuffle,
    "pooling": pooling,
    "rnn": rnn,
    "sparse": sparse,
    "transformer": transformer,
    "upsampling": upsampling,
}
LAYERS = sorted(name for room in _ROOMS.values() for name in room.__all__ if not name.startswith("register_"))
"""What torch.nn has of it."""
__all__ = [*LAYERS, *_ROOMS, "lazy", "utils"]

globals().update({name: getattr(room, name) for room in _ROOMS.values() for name in room.__all__})


def __dir__() -> list[str]:
    return __all__
