"""Edits of a script: one for each thing a person can do to it.

Each is a frozen dataclass whose ``apply(text)`` returns an `Edited` (the new text, the ranges that changed, a name for the undo
step, what to select) or raises `EditRefused` (why not, and the line to go to). Nodes are given by `Place`: the span of the
expression that made them, as recordings have it, and the variable's name. The ends of wires are spans of arguments, as
`arguments` and `argument_at` tell them.

    edited = Rename(Place(span, "x"), "weights").apply(text)
    for start, end, replacement in reversed(edited.changes): ...

Importing this is cheap. libcst is loaded by the first edit that needs it, or by `warm_up`.
"""

from __future__ import annotations

from gradviz.script.changes import Change, Edit, Edited, EditRefused, Place, changed, inverse
from gradviz.script.edits.arguments import SetArguments, written_values
from gradviz.script.edits.copies import Duplicate, Paste, copy_text
from gradviz.script.edits.delete import Delete, dependents
from gradviz.script.edits.grads import AddBackward, InsertDetach, RemoveDetach, ToggleRequiresGrad, ZeroGrads
from gradviz.script.edits.names import Rename
from gradviz.script.edits.ops import AddOp
from gradviz.script.edits.regions import FreeNoGrad, WrapNoGrad
from gradviz.script.edits.several import Several
from gradviz.script.edits.tensors import AddTensor, Arange, FromFile, Full, Ones, Randn, Values, Zeros
from gradviz.script.edits.values import SetKeyword, SetLiteral, SetShape
from gradviz.script.edits.wires import Connect, Disconnect, InsertOp, Port
from gradviz.script.nodes import Argument, argument_at, arguments
from gradviz.script.placement import Frame, Note, Placement, RemovePlacement, SetPlacement, key_of, read_placement

__all__ = [
    "AddBackward",
    "AddOp",
    "AddTensor",
    "Arange",
    "Argument",
    "Change",
    "Connect",
    "Delete",
    "Disconnect",
    "Duplicate",
    "Edit",
    "EditRefused",
    "Edited",
    "Frame",
    "FreeNoGrad",
    "FromFile",
    "Full",
    "InsertDetach",
    "InsertOp",
    "Note",
    "Ones",
    "Paste",
    "Place",
    "Placement",
    "Port",
    "Randn",
    "RemoveDetach",
    "RemovePlacement",
    "Rename",
    "SetArguments",
    "SetKeyword",
    "SetLiteral",
    "SetPlacement",
    "SetShape",
    "Several",
    "ToggleRequiresGrad",
    "Values",
    "WrapNoGrad",
    "ZeroGrads",
    "Zeros",
    "argument_at",
    "arguments",
    "changed",
    "copy_text",
    "dependents",
    "inverse",
    "key_of",
    "read_placement",
    "warm_up",
    "written_values",
]


def warm_up() -> None:
    """Loads what edits need, so that the first one does not wait for it; to be called in a quiet moment, from any thread."""
    import gradviz.script.concrete  # noqa: F401
    from gradviz.script.catalogue import entries

    entries()
