"""What a tooltip says of a thing on the canvas, and how it is described to those who do not see it."""

from __future__ import annotations

from gradviz.canvas.looks import Looks
from gradviz.canvas.scene import FAILED, OP, Hit
from gradviz.canvas.words import cut_line, tr
from gradviz.recording import Recording, State
from gradviz.recording.text import dtype_text, number_text, shape_text
from gradviz.view.words import cut_text


def tip(looks: Looks, hit: Hit) -> str:
    """The tooltip of what was hit."""
    if hit.kind == "link":
        return link_tip(looks, hit.row)
    if hit.kind == "port":
        return link_tip(looks, int(looks.scene.ports_of(hit.row)[hit.index]))
    if looks.scene.kinds[hit.row] == FAILED:
        return failure_tip(looks.scene.picture.recording)
    if looks.scene.kinds[hit.row] != OP:
        return tensor_tip(looks.state, int(looks.scene.numbers[hit.row]))
    if hit.kind == "badge":
        return saved_tip(looks.state, int(looks.scene.numbers[hit.row]))
    return op_tip(looks.scene.picture.recording, int(looks.scene.numbers[hit.row]))


def failure_tip(recording: Recording) -> str:
    """What went wrong, where, and what to do."""
    error = recording.errors[-1]
    words = f"{error.type}: {error.message}" if error.type else error.message
    return "\n\n".join(part for part in (words, error.advice, tr("line {0}").format(error.line)) if part)


def link_tip(looks: Looks, row: int) -> str:
    """Why a link is cut, or what crosses it."""
    link, recording = looks.scene.links[row], looks.scene.picture.recording
    if link.cut:
        line = cut_line(recording, link)
        where = f" ({tr('line {0}').format(line)})" if line else ""
        return cut_text(link.cut) + where
    name = recording.names[link.tensor] if link.tensor >= 0 else ""
    what = name or (shape_text(recording.tensor(link.tensor).shape) if link.tensor >= 0 else "")
    formula = _formula(recording, link.row)
    crossed = int(looks.link_values[row])
    lines = [what, f"{tr('derivative')}: {formula}" if formula else ""]
    if crossed >= 0:
        lines.append(f"{tr('gradient norm')} {number_text(recording.value(crossed).norm)}")
    return "\n".join(line for line in lines if line)


def _formula(recording: Recording, row: int) -> str:
    return recording.string(int(recording.column("inputs", "formula")[row])) if row >= 0 else ""


def op_tip(recording: Recording, number: int) -> str:
    """What a function computes, and its derivatives."""
    op = recording.ops[number]
    lines = [op.node or op.name]
    if op.formula:
        lines.append(op.formula)
    lines += [f"grad_{entry.parameter} = {entry.formula}" for entry in op.inputs if entry.slot >= 0 and entry.formula]
    if not op.node:
        lines.append(tr("autograd did not record it"))
    return "\n".join(lines)


def saved_tip(state: State, number: int) -> str:
    """What a function saved, and whether it still has it."""
    recording = state.recording
    lines = [tr("saved for the derivative, freed by now") if state.ops_freed[number] else tr("saved for the derivative")]
    for saved in recording.ops[number].saved:
        name = recording.names[saved.tensor] if saved.tensor >= 0 else ""
        version = f"  {tr('version {0}').format(saved.version)}" if saved.version >= 0 else ""
        lines.append(f"{saved.name}{f' = {name}' if name else ''}{version}")
    return "\n".join(lines)


def tensor_tip(state: State, number: int) -> str:
    """Shape, dtype, version and history of a tensor, and statistics of a large one."""
    recording = state.recording
    tensor = recording.tensor(number)
    lines = [
        f"{tensor.name or tensor.maker or tr('unnamed')}  {shape_text(tensor.shape)} · {dtype_text(tensor.dtype)}",
        f"requires_grad={bool(state.requires_grad[number])}  is_leaf={tensor.is_leaf}",
        tr("version {0}").format(state.version(number)),
    ]
    node = recording.ops[tensor.op].node if tensor.op >= 0 else ""
    if node:
        lines.append(f"grad_fn={node}")
    value = int(state.values[number])
    if value >= 0:
        kept = recording.value(value).summary
        if max(tensor.shape, default=1) > 1:
            lines.append(f"{number_text(kept.min)} … {number_text(kept.max)}, {tr('mean')} {number_text(kept.mean)}")
        if kept.nan or kept.inf:
            lines.append(tr("{0} NaN, {1} infinite").format(kept.nan, kept.inf))
    return "\n".join(lines)


def description(looks: Looks, row: int) -> str:
    """A node in one sentence."""
    look = looks.node(row)
    kind = {"tensor": tr("tensor"), "op": tr("function"), "alias": tr("again, tensor"), "failed": tr("failed")}[look.kind]
    parts = [f"{kind} {look.label}", look.sub]
    if not look.born:
        parts.append(tr("not made yet"))
    if look.leaf:
        parts.append(tr("leaf that needs grad"))
    if look.kind == "tensor" and look.born:
        parts.append(f"{look.slot.label} {look.slot.text}")
    parts += [look.tag, look.pending, look.caption]
    for flag, word in (
        (look.now, tr("now")),
        (look.visited, tr("visited")),
        (look.freed, tr("freed")),
        (look.bad, tr("NaN or Inf")),
    ):
        if flag:
            parts.append(word)
    return ", ".join(part for part in parts if part)
