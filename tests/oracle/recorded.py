"""Cases and what PyTorch made of them, as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from .outcomes import Case, Outcome
from .specs import from_json, memory_from_json, packed, to_json, unpacked

__all__ = ["read", "written"]


def _plain(value: Any) -> Any:
    """An outcome with its arrays as text."""
    if isinstance(value, np.ndarray):
        return {"array": [value.dtype.name, list(value.shape), packed(np.ascontiguousarray(value).tobytes())]}
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value


def _full(value: Any) -> Any:
    """The outcome that `_plain` made text of."""
    if isinstance(value, dict):
        if value.keys() == {"array"}:
            dtype, shape, data = value["array"]
            return np.frombuffer(unpacked(data), dtype).reshape(shape)
        return {k: _full(v) for k, v in value.items()}
    return [_full(v) for v in value] if isinstance(value, list) else value


def written(case: Case, outcome: Outcome) -> str:
    """A case and its outcome as one line."""
    told = {k: v for k, v in asdict(outcome).items() if v}
    return json.dumps(
        {
            "name": case.name,
            "call": case.call,
            "form": case.form,
            "args": to_json(case.args),
            "kwargs": to_json(case.kwargs),
            "memories": [to_json(m) for m in case.memories],
            "check_graph": case.check_graph,
            "outcome": _plain(told),
        },
        separators=(",", ":"),
    )


def read(line: str) -> tuple[Case, Outcome]:
    """The case and the outcome of a line."""
    found = json.loads(line)
    case = Case(
        found["name"],
        found["call"],
        from_json(found["args"]),
        from_json(found["kwargs"]),
        [memory_from_json(m) for m in found["memories"]],
        form=found["form"],
        check_graph=found["check_graph"],
    )
    return case, Outcome(**_full(found["outcome"]))
