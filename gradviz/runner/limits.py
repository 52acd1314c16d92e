"""How much a script may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gradviz.recording import Budget


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a run may use before it is stopped; what it did until then is kept.

    Attributes:
        seconds: Of wall-clock time, for the script alone.
        memory: Bytes of address space beyond those of the bare worker.
        output: Bytes of printed text that are kept; what is printed beyond them is dropped, and the run goes on.
        events: How many events are recorded.
        values: How much of the tensors' elements is kept whole.
    """

    seconds: float = 10.0
    memory: int = 2 << 30
    output: int = 1 << 20
    events: int = 1_000_000
    values: Budget = field(default_factory=Budget)


def encode_limits(limits: Limits) -> dict[str, Any]:
    """Limits as JSON-able cells."""
    return {
        "seconds": limits.seconds,
        "memory": limits.memory,
        "output": limits.output,
        "events": limits.events,
        "values": [limits.values.per_value, limits.values.total],
    }


def decode_limits(cells: dict[str, Any]) -> Limits:
    """What `encode_limits` encoded."""
    return Limits(cells["seconds"], cells["memory"], cells["output"], cells["events"], Budget(*cells["values"]))
