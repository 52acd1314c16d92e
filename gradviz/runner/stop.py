"""What ends a run before the script does."""

from __future__ import annotations


class RunStopped(BaseException):
    """Raised in the script when its run must end; no `except Exception` of the script's holds it up.

    Attributes:
        reason: "cancelled", "events", "memory" or "time".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
