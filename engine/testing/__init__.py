"""torch.testing: comparing results, and making tensors to try things with."""

from __future__ import annotations

from .comparison import assert_close
from .creation import make_tensor

__all__ = ["assert_close", "make_tensor"]


def __dir__() -> list[str]:
    return __all__
