"""What a script failed at: the op that was never made, found in the text, to be drawn where it would stand."""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from gradviz.recording import Error, Recording
from gradviz.script.changes import EditRefused
from gradviz.script.program import Program

FAILED = "failed"
"""The id and the kind of its node."""

_KINDS = ("exception", "memory", "refused")
_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.USub: "neg",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What a script failed at.

    Attributes:
        error: What is known of it.
        name: The op's name: "add", "backward"; the exception's where no op can be told.
        target: The variable that would have held its result, "" for none.
        inputs: The tensors that it was given, in the order written.
    """

    error: Error
    name: str
    target: str = ""
    inputs: tuple[int, ...] = ()

    @property
    def message(self) -> str:
        """What went wrong, with the exception's type."""
        return f"{self.error.type}: {self.error.message}" if self.error.type else self.error.message


def failure_of(recording: Recording) -> Failure | None:
    """What ended a run at a line of the script; None where nothing did, or where it never began."""
    error = recording.errors[-1] if recording.errors else None
    if error is None or error.kind not in _KINDS or error.event < 0 or error.span.line < 1:
        return None
    fallback = Failure(error, error.type.rpartition(".")[2] or error.kind)
    try:
        program = Program.of(recording.script)
        node = program.at(error.span)
    except EditRefused:
        return fallback
    name = _name(node)
    if node is None or not name:
        return fallback
    statement = program.statement(node)
    target = ""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        target = statement.targets[0].id
    found = [_tensor(recording, value) for value in _operands(program, node)]
    return Failure(error, name, target, tuple(tensor for tensor in found if tensor >= 0))


def _name(node: ast.AST | None) -> str:
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) | ast.Attribute(attr=name):
            return name
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) | ast.AugAssign(op=op):
            return _OPERATORS.get(type(op), "")
        case ast.Subscript():
            return "index"
        case ast.Name(id=name):
            return name
    return ""


def _operands(program: Program, node: ast.AST) -> list[ast.expr]:
    """What an expression computes with, in the order written. Without the catalogue, which the worker's child cannot read."""
    match node:
        case ast.BinOp():
            return [node.left, node.right]
        case ast.UnaryOp():
            return [node.operand]
        case ast.AugAssign():
            return [node.target, node.value]
        case ast.Subscript() | ast.Attribute():
            return [node.value]
        case ast.Call():
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            is_method = isinstance(node.func, ast.Attribute) and not (isinstance(root, ast.Name) and root.id in program.modules)
            receiver = [node.func.value] if isinstance(node.func, ast.Attribute) and is_method else []
            given = [*receiver, *node.args, *(keyword.value for keyword in node.keywords)]
            return [part for one in given for part in (one.elts if isinstance(one, (ast.List, ast.Tuple)) else [one])]
    return []


def _tensor(recording: Recording, value: ast.expr) -> int:
    """The tensor that an expression was when the script ended, -1 for none."""
    if isinstance(value, ast.Name):
        found = [number for number, name in enumerate(recording.names) if name == value.id]
        return found[-1] if found else -1
    if isinstance(value, ast.Constant):
        return -1
    events = recording.tables["events"]
    is_here = (events["line"] == value.lineno) & (events["col"] == value.col_offset)
    is_here &= (events["end_line"] == (value.end_lineno or 0)) & (events["end_col"] == (value.end_col_offset or 0))
    rows = np.flatnonzero(is_here)[::-1]
    for row in rows.tolist():
        op, tensor = int(events["op"][row]), int(events["tensor"][row])
        if op >= 0 and recording.ops[op].outputs:
            return recording.ops[op].outputs[0]
        if tensor >= 0:
            return tensor
    return -1
