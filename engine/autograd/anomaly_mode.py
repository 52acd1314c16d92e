"""torch.autograd.anomaly_mode."""

from __future__ import annotations

from .. import modes
from ..frames import warn
from ..modes import state

__all__ = ["detect_anomaly", "set_detect_anomaly"]


def is_anomaly_enabled() -> bool:
    """Whether anomaly detection is on: `torch.is_anomaly_enabled`."""
    return state.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether it would look for gradients that are not numbers: `torch.is_anomaly_check_nan_enabled`."""
    return state.check_nan


def _set(anomaly: bool, check_nan: bool) -> None:
    if anomaly != state.anomaly:
        modes.depart(1 if anomaly else -1)
    state.anomaly = anomaly
    state.check_nan = check_nan


class detect_anomaly:  # noqa: N801 (PyTorch's name)
    """Within it, a failing rule shows the forward call it belongs to, and a gradient that is not a number is an error.

    Args:
        check_nan: Whether the latter.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._before = (state.anomaly, state.check_nan)
        self.check_nan = check_nan
        warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.",
            UserWarning,
        )

    def __enter__(self) -> None:
        self._before = (state.anomaly, state.check_nan)
        _set(True, self.check_nan)

    def __exit__(self, *exception: object) -> None:
        _set(*self._before)


class set_detect_anomaly:  # noqa: N801 (PyTorch's name)
    """Switches anomaly detection on or off: at once, and back when left as a context manager."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = (state.anomaly, state.check_nan)
        _set(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        _set(*self._before)


def __dir__() -> list[str]:
    return __all__
