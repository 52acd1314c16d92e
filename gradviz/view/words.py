"""What canvas and panels say in the same words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from gradviz.recording import Cut


def _tr(text: str) -> str:
    return QCoreApplication.translate("words", text)


def cut_text(cut: Cut) -> str:
    """Why gradients do not cross, in a sentence."""
    return {
        Cut.NONE: "",
        Cut.DETACH: _tr("detach() cuts the graph here: the values go on, gradients do not come back."),
        Cut.DATA: _tr(".data cuts the graph here: what is written through it is not seen by autograd."),
        Cut.NO_GRAD: _tr("It ran under torch.no_grad(): autograd did not record it."),
        Cut.INFERENCE: _tr("It ran under torch.inference_mode(): autograd did not record it."),
        Cut.DTYPE: _tr("Its dtype is not floating point: integers and booleans have no gradient."),
        Cut.LEAF: _tr("It is a leaf that does not require grad."),
        Cut.CONSTANT: _tr("Nothing it was made from requires grad."),
        Cut.NOT_DIFFERENTIABLE: _tr("The op has no derivative for this argument."),
    }[cut]
