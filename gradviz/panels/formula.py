"""The formula of a step with the step's own numbers: "grad_self = grad · other", "= 0.75 · 3 = 2.25"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gradviz.panels.words import outgoing, tensor_text
from gradviz.recording import Event, Kind, Op, Recording, Value
from gradviz.recording.text import number_text, shape_text, value_text

_WORD = re.compile(r"(?<![\w.])([A-Za-z_]\w*?)(?:[._](shape|dtype|ndim|numel\(\)))?(?![\w(.])")


_BY_ALPHA = re.compile(r"maybe_multiply\((-?\w+), alpha\)")


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One formula of a step.

    Attributes:
        target: What it gives: "grad_self".
        rule: The formula in words: "grad · other".
        numbers: The same with this step's numbers and their result, "0.75 · 3 = 2.25"; "" where nothing is known.
        now: Whether it is what happens at the cursor's event.
    """

    target: str
    rule: str
    numbers: str
    now: bool


def uniform(value: Value) -> str | None:
    """The one number that says a value, or None where its elements differ or were not kept."""
    array = value.array
    if array is None or not array.size:
        return None
    first = array.reshape(-1)[0]
    if array.size == 1 or (array == first).all():
        return number_text(first.item())
    return None


def pretty(formula: str) -> str:
    """A formula with the multiplication sign people write: "grad · other"."""
    return formula.replace(" * ", " · ")


def simplified(formula: str, operands: Mapping[str, Value | str]) -> str:
    """The formula without what an alpha of 1 does to it, which is nothing."""
    if operands.get("alpha") == "1":
        formula = formula.replace("alpha * ", "")
        return _BY_ALPHA.sub(r"\1", formula)
    return _BY_ALPHA.sub(r"\1 * alpha", formula)


def substitute(formula: str, operands: Mapping[str, Value | str]) -> str:
    """The formula with each operand's number; with shapes for all of them where one is no single number.

    Args:
        formula: In words: "grad * other".
        operands: By the names used in it, values or the texts of literals.
    """
    used = [match for match in _WORD.finditer(formula) if match[1] in operands]
    values = {match[1]: operand for match in used if isinstance(operand := operands[match[1]], Value) and match[0] == match[1]}
    numbers = {name: uniform(value) for name, value in values.items()}
    whole = all(text is not None for text in numbers.values())

    def text(match: re.Match[str]) -> str:
        name = match[1]
        if name not in operands:
            return match[0]
        operand = operands[name]
        if not isinstance(operand, Value):
            return operand
        if what := match[2]:
            facts = {"shape": list(operand.shape), "dtype": operand.dtype, "ndim": len(operand.shape)}
            return str(facts.get(what, math.prod(operand.shape)))
        number = numbers[name] if whole else None
        if number is None:
            return f"[{shape_text(operand.shape)}]"
        before = match.string[: match.start()].rstrip()
        return f"({number})" if number.startswith("-") and before and before[-1] not in "(,=" else number

    return pretty(_WORD.sub(text, formula)) if used else ""


def _result(value: Value | None) -> str:
    if value is None:
        return ""
    return f" = {value_text(value).removesuffix(' (all)')}"


def _with_result(numbers: str, value: Value | None) -> str:
    if value is not None and numbers == value_text(value).removesuffix(" (all)"):
        return numbers
    return (numbers + _result(value)).removeprefix(" = ")


def _operands(recording: Recording, op: Op) -> dict[str, Value | str]:
    """By parameter: what the op saw, as it was when it ran."""
    found: dict[str, Value | str] = {}
    for entry in op.inputs:
        if not entry.parameter:
            continue
        if entry.tensor < 0:
            found[entry.parameter] = entry.literal
            continue
        row = int(recording.timeline.values.contents_at([entry.tensor], op.event)[0])
        if op.inplace == entry.tensor:
            row = int(recording.timeline.values.contents_at([entry.tensor], op.event - 1)[0])
        if row >= 0:
            found[entry.parameter] = recording.value(row)
    outputs = recording.timeline.values.contents_at(list(op.outputs), op.event).tolist()
    if outputs and outputs[0] >= 0:
        found.setdefault("result", recording.value(outputs[0]))
    for kept in op.saved:
        if kept.value >= 0:
            found.setdefault(kept.name, recording.value(kept.value))
    return found


def forward_formula(recording: Recording, op: Op, *, now: bool) -> list[FormulaLine]:
    """What an op computed when it ran forward."""
    operands = _operands(recording, op)
    result = operands.pop("result", None)
    target = ", ".join(tensor_text(recording, n) if recording.tensor(n).name else "result" for n in op.outputs)
    rule = simplified(op.formula, operands)
    numbers = substitute(rule, operands)
    value = result if isinstance(result, Value) else None
    return [FormulaLine(target or "result", pretty(rule) or op.name, _with_result(numbers, value), now)]


def backward_formulas(recording: Recording, op: Op, visit: int, slot: int | None) -> list[FormulaLine]:
    """What a node makes of the gradient it was visited with.

    Args:
        recording: The recording.
        op: The node's op.
        visit: The event of its visit.
        slot: The slot whose gradient is at work at the cursor's event; None for all.
    """
    operands = _operands(recording, op)
    arrived = recording.event(visit).value
    if arrived >= 0:
        operands["grad"] = recording.value(arrived)
    sent = {recording.event(n).slot: recording.event(n) for n in outgoing(recording, visit)}
    lines = []
    for entry in op.inputs:
        if entry.slot < 0 or not entry.formula:
            continue
        event = sent.get(entry.slot)
        value = recording.value(event.value) if event is not None and event.value >= 0 else None
        rule = simplified(entry.formula, operands)
        numbers = _with_result(substitute(rule, operands), value)
        name = f"grad_{entry.parameter}" if entry.parameter else f"grad_{entry.position}"
        lines.append(FormulaLine(name, pretty(rule), numbers, slot is None or slot == entry.slot))
    return lines


def sum_formula(recording: Recording, event: Event) -> FormulaLine | None:
    """How a contribution or an accumulation adds up."""
    if event.after < 0 or event.value < 0:
        return None
    total, added = recording.value(event.after), recording.value(event.value)
    name = tensor_text(recording, event.tensor) if event.tensor >= 0 else ""
    if event.kind is Kind.ACCUMULATE:
        target, rule = f"{name}.grad", f"{name}.grad + grad" if event.before >= 0 else "grad"
    else:
        target, rule = "sum", "sum + grad" if event.before >= 0 else "grad"
    operands: dict[str, Value | str] = {"grad": added}
    if event.before >= 0:
        operands["before"] = recording.value(event.before)
        numbers = substitute("before + grad", operands)
    else:
        numbers = substitute("grad", operands)
    return FormulaLine(target, rule, _with_result(numbers, total), True)


def step_formulas(recording: Recording, number: int) -> list[FormulaLine]:
    """The formulas of an event: forward of an op, backward of a visited node, the sum of what arrives."""
    if number < 0:
        return []
    event = recording.event(number)
    if event.kind in (Kind.OP, Kind.DETACH, Kind.DATA, Kind.INPLACE) and event.op >= 0:
        return forward_formula(recording, recording.ops[event.op], now=True)
    if event.kind is Kind.VISIT and event.op >= 0:
        return backward_formulas(recording, recording.ops[event.op], number, None)
    lines: list[FormulaLine] = []
    if event.kind is Kind.CONTRIBUTION and event.peer >= 0:
        visit = int(recording.timeline.visits.events_at([event.peer], number)[0])
        if visit >= 0:
            lines = backward_formulas(recording, recording.ops[event.peer], visit, event.slot)
    if event.kind in (Kind.CONTRIBUTION, Kind.ACCUMULATE) and (event.before >= 0 or not lines):
        total = sum_formula(recording, event)
        lines += [total] if total else []
    return lines
