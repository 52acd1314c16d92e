"""torch.special: functions of mathematical physics and statistics."""

from __future__ import annotations

from .api import FUNCTIONS as _FUNCTIONS
from .ops.special import SPECIAL as _SPECIAL

globals().update(_SPECIAL, **{_name: _FUNCTIONS[_name] for _name in ("log_softmax", "logsumexp", "softmax")})

__all__ = sorted({*_SPECIAL, "log_softmax", "logsumexp", "softmax"})


def __dir__() -> list[str]:
    return __all__
