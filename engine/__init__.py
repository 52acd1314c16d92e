"""The embedded autograd engine: PyTorch's names and behaviour over NumPy. `import engine as torch`."""

from __future__ import annotations

import math as _math
import sys as _sys

from . import _C as _C
from . import ambient as _ambient
from . import api as _api
from . import autograd, cuda, distributions, fft, func, linalg, nn, optim, random, special, testing, utils
from . import conversion as _conversion
from . import copying as _copying
from . import factories as _factories
from . import filling as _filling
from . import missing as _missing
from . import ops as _ops
from . import sampling as _sampling
from . import serialization as _serialization
from . import setting as _setting
from . import signatures as _signatures
from .autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .dtypes import bool_ as bool
from .dtypes import (
    complex64,
    complex128,
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
)
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .legacy import LEGACY_TYPES as _LEGACY_TYPES
from .printing import set_printoptions
from .size import (
    Size,
    channels_last,
    channels_last_3d,
    contiguous_format,
    device,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from .tensor import Tensor
from .typeinfo import finfo, iinfo

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128
inf, nan, pi, e = _math.inf, _math.nan, _math.pi, _math.e
newaxis = None
__version__ = "2.13.0+gradviz"

# Errors about arguments are PyTorch's words.
_signatures.check_all(_api.FUNCTIONS, "torch")
_signatures.check_methods(Tensor)
_signatures.check_all(vars(nn.functional), "functional")
for _module in (fft, linalg, special):
    _place = _module.__name__.rpartition(".")[2]
    _signatures.check_all(vars(_module), _place, f"{_place}_")

# The functions of the table come last: `torch.tensor` is one of them, and the name of a module here.
globals().update(_api.FUNCTIONS, **_LEGACY_TYPES)

_NAMES = (
    "Size", "Tensor", "autograd", "bool", "cdouble", "cfloat", "channels_last", "complex128", "complex64",
    "contiguous_format", "cuda", "device", "distributions", "double", "dtype", "e", "enable_grad", "fft", "finfo", "float", "float16", "float32", "float64",
    "func", "get_default_dtype", "half", "iinfo", "inf", "inference_mode", "int", "int16", "int32", "int64", "int8",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled",
    "is_grad_enabled", "is_inference_mode_enabled", "layout", "linalg", "long", "memory_format", "nan", "newaxis", "nn", "no_grad",
    "optim", "pi", "preserve_format", "random", "set_default_dtype", "set_grad_enabled", "set_printoptions", "short", "special", "strided",
    "testing",
    "uint8", "utils",
)  # fmt: skip
__all__ = sorted({*_NAMES, *_api.FUNCTIONS, *_LEGACY_TYPES})


for _public in (Tensor, dtype, Size, device, layout, memory_format, finfo, iinfo):
    _public.__module__ = "torch"


def __dir__() -> list[str]:
    return __all__


_missing.watch(_sys.modules[__name__], Tensor)

del (
    _conversion,
    _copying,
    _setting,
    _factories,
    _filling,
    _missing,
    _ops,
    _sampling,
    _serialization,
    _signatures,
    _module,
    _place,
)
