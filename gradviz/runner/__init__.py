"""Runs graph scripts and records what they do."""

from gradviz.runner.limits import Limits
from gradviz.runner.script import record

__all__ = ["Limits", "record"]
