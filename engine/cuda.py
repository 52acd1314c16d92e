"""torch.cuda, of which there is none: programs may ask, and are told so."""

from __future__ import annotations

from typing import Any

__all__ = ["device_count", "is_available", "manual_seed", "manual_seed_all", "synchronize"]


def is_available() -> bool:
    """False: the engine computes on the CPU."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no generator to seed."""


def synchronize(device: Any = None) -> None:
    """Wait for the device.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("the embedded engine has no 'cuda' device; use 'cpu'")


def __dir__() -> list[str]:
    return __all__
