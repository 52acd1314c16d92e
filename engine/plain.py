"""What the short cuts have in common: which arguments are plain, and telling the observer of a call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from . import observe
from .observe import OpCall
from .schema import REQUIRED
from .table import CONVERSIONS, Op
from .tensor import Tensor

__all__ = ["KINDS", "NOTHING", "REAL_SCALARS", "arranger", "tell_plain"]

REAL_SCALARS: Final = frozenset({np.float32, np.float64})
"""The classes of NumPy's numbers that are as good as 0-d arrays of floats."""
_NONE: Final = type(None)
NOTHING: Final = frozenset({_NONE})
"""The classes of an argument that is left out."""
KINDS: Final = {
    "Scalar": frozenset({int, float}),
    "Scalar?": frozenset({int, float, _NONE}),
    "int": frozenset({int}),
    "int?": frozenset({int, _NONE}),
    "int[]": frozenset({tuple}),
    "int[1]": frozenset({int, tuple}),
    "int[]?": frozenset({int, tuple, _NONE}),
    "float": frozenset({int, float}),
    "bool": frozenset({bool}),
    "str": frozenset({str}),
}
"""The classes of plain arguments that are no tensors, by the parameter's type; of any other type, None is plain."""


def arranger(row: Op) -> Callable[[tuple[Any, ...]], tuple[Any, ...] | None]:
    """Completes the arguments after the first; None if they are not plain or do not fit."""
    parameters = row.schema.parameters[1:]
    count = len(parameters)
    least = sum(p.default is REQUIRED for p in parameters)
    most = sum(not p.keyword_only for p in parameters)
    types = [re.sub(r"int\[\d*\]\?", "int[]?", re.sub(r"int\[\d+\]", "int[1]", p.type)) for p in parameters]
    kinds = [KINDS.get(kind, NOTHING) for kind in types]
    lists = [i for i, kind in enumerate(types) if kind.startswith("int[")]
    indices = CONVERSIONS["int[1]"]
    defaults = tuple(
        indices(p.default) if i in lists and p.default is not REQUIRED else p.default for i, p in enumerate(parameters)
    )

    def arranged(rest: tuple[Any, ...]) -> tuple[Any, ...] | None:
        given = len(rest)
        if not least <= given <= most:
            return None
        for value, plain in zip(rest, kinds):  # noqa: B905
            if value.__class__ not in plain:
                return None
        if lists:
            changed = list(rest)
            for i in lists:
                if i < given:
                    changed[i] = indices(rest[i])
            rest = tuple(changed)
        return rest if given == count else rest + defaults[given:]

    return arranged


def tell_plain(row: Op, args: tuple[Any, ...], out: Tensor, node: Any) -> None:
    """Tell the observer of a call, whose last arguments may have been left out."""
    if observe.active is not None:
        defaults = row.schema.defaults
        values = args if len(args) == len(defaults) else args + defaults[len(args) :]
        observe.active.op_called(OpCall.of_row(row, row.name, values, (out,), node, None))
