"""Forward-mode derivatives of the ops in the table: the tangents of an op's outputs from those of its arguments.

No row needs a rule of its own for that; its reverse derivative says it all:

* a view, or another op that is linear in each argument, is applied to the tangents themselves;
* an op that works element by element has a diagonal Jacobian, which is its own transpose: its derivative is evaluated with the
  tangent in place of the gradient;
* for any other op the derivative is a linear function of the gradient, and the tangent comes from transposing that function
  once more: the vector-Jacobian product of the vector-Jacobian product.

Arguments, outputs and tangents are here tensors of the level below the one whose tangents they are, so what is computed has a
history, a batch or tangents of its own wherever they have.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from .. import modes, observe
from ..dispatch import run
from ..geometry import strides_of
from ..graph import meta_of
from ..inplace import laid_out
from ..modes import state
from ..rules import ARGUMENT, OUTPUT, TENSORS, TENSORS_OF, Rule, inlined
from ..saved import aspect_of
from ..table import TABLE, Op
from ..tensor import Tensor
from .families import LINEAR, is_elementwise
from .level import names

__all__ = ["NO_FORWARD_MODE", "fitted", "laid_out_as", "like", "tangents_of"]

Tangent = Tensor | None

_CHECKED: Final = names("above below conj maybe_multiply within zeros_like")
"""Helpers of derivatives that work element by element."""

NO_FORWARD_MODE: Final = names(
    """
    _cdist_forward _ctc_loss _embedding_bag _pdist_forward cholesky conv_tbc grid_sampler_2d grid_sampler_3d histc igamma igammac
    index_reduce multi_margin_loss multilabel_margin_loss_forward ormqr
    """
)
"""Rows for which PyTorch has no forward mode."""


class _Pointwise(ast.NodeVisitor):
    """Finds out whether a derivative works element by element."""

    def __init__(self) -> None:
        self.found = True

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        known = TABLE.get(name)
        if name in _CHECKED or (known is not None and is_elementwise(known)):
            for argument in node.args:
                self.visit(argument)
        else:
            self.found = False

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr != "dtype":
            self.found = False

    def visit_Name(self, node: ast.Name) -> None:
        if node.id == "grads":
            self.found = False


@cache
def _is_diagonal(row: Op) -> bool:
    """Whether a row and all its derivatives work element by element."""
    if row.many or row.lists or not is_elementwise(row):
        return False
    for text in row.derivatives.values():
        visitor = _Pointwise()
        visitor.visit(inlined(text))
        if not visitor.found:
            return False
    return True


def tangents_of(row: Op, args: Sequence[Any], tangents: Sequence[Any], outputs: Sequence[Tensor]) -> list[Tangent]:
    """The tangents of a call's outputs.

    Args:
        row: The op.
        args: Its arguments, without tangents.
        tangents: Their tangents, None where there is none; a tuple for a list of tensors.
        outputs: What came of the call.

    Raises:
        NotImplementedError: There is no derivative, or PyTorch has no forward mode for the op.
    """
    places = [i for i in row.differentiable if _has_tangent(tangents[i])]
    kinds = [o._value.dtype.kind for o in outputs]
    if not places or not any(kind in "fc" for kind in kinds):
        return [None] * len(outputs)
    texts = [row.derivatives[row.schema.parameters[i].name] for i in places]
    if any(text.startswith("not_differentiable(") for text in texts):
        raise NotImplementedError(f"Trying to use forward AD with aten::{row.name} that does not support it.")
    if any(text.startswith("not_implemented(") for text in texts) or row.name in NO_FORWARD_MODE:
        raise NotImplementedError(
            f"Trying to use forward AD with {row.name} that does not support it because it has not been implemented "
            "yet.\nPlease file an issue to PyTorch at https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that we can prioritize its "
            "implementation or submit a PR adding the implementation to derivatives.yaml"
        )
    listener, observe.active = observe.active, None
    try:
        if row.is_view:
            return _view(row, args, tangents)
        if row.schema.name in LINEAR:
            return [fitted(_linear(row, args, tangents, places), outputs[0])]
        is_complex = "c" in kinds or any(isinstance(args[i], Tensor) and args[i]._value.dtype.kind == "c" for i in places)
        if not is_complex and _is_diagonal(row):
            return [fitted(_diagonal(row, args, tangents, places, outputs), outputs[0])]
        found = _transposed(row, args, tangents, places, outputs, is_complex)
        return [None if t is None else fitted(t, out) for t, out in zip(found, outputs, strict=True)]
    finally:
        observe.active = listener


def _has_tangent(tangent: Any) -> bool:
    return any(t is not None for t in tangent) if tangent.__class__ is tuple else tangent is not None


def like(tensor: Tensor) -> Tensor:
    """Zeros as a tensor."""
    return TENSORS.zeros_like(tensor)


def fitted(tangent: Tensor, primal: Tensor) -> Tensor:
    """A tangent brought to its tensor's shape, dtype and layout in memory."""
    if tangent._value.shape != primal._value.shape:
        tangent = TENSORS.expand(tangent, tuple(primal._value.shape))
    if tangent._value.dtype != primal._value.dtype:
        if tangent._value.dtype.kind == "c" and primal._value.dtype.kind != "c":
            tangent = TENSORS.real(tangent)
        tangent = TENSORS.to_dtype(tangent, primal.dtype)
    return laid_out_as(tangent, primal)


def laid_out_as(tangent: Tensor, primal: Tensor) -> Tensor:
    """A tangent that lies in memory as its tensor does, so that a view of one is the same view of the other."""
    return laid_out(tangent, strides_of(primal._value))


def _view(row: Op, args: Sequence[Any], tangents: Sequence[Any]) -> list[Tangent]:
    found = run(row, [tangents[0], *args[1:]])
    return list(found) if row.many else [found]


def _replaced(args: Sequence[Any], place: int, value: Any) -> list[Any]:
    changed = list(args)
    changed[place] = value
    return changed


def _total(terms: Sequence[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _linear(row: Op, args: Sequence[Any], tangents: Sequence[Any], places: Sequence[int]) -> Tensor:
    return _total([run(row, _replaced(args, i, tangents[i])) for i in places])


def _kept(rule: Rule, args: Sequence[Any], outputs: Sequence[Tensor]) -> list[Any]:
    """What a rule names, from a call's arguments and outputs."""
    found: list[Any] = []
    for what, index in rule.plan:
        if what == OUTPUT:
            found.append(outputs[index])
        elif what in (ARGUMENT, TENSORS_OF):
            found.append(args[index])
        elif args[index].__class__ is tuple:
            found.append([aspect_of(a, what) for a in args[index]])
        else:
            found.append(aspect_of(args[index], what))
    return found


def _diagonal(
    row: Op, args: Sequence[Any], tangents: Sequence[Any], places: Sequence[int], outputs: Sequence[Tensor]
) -> Tensor:
    terms = []
    for place in places:
        position = row.differentiable.index(place)
        rule = row.rule(1 << position, False)
        tangent = tangents[place]
        if tangent._value.dtype != outputs[0]._value.dtype:
            tangent = TENSORS.to_dtype(tangent, outputs[0].dtype)
        terms.append(rule.on_tensors(tangent, *_kept(rule, args, outputs))[position])
    return _total(terms)


def _transposed(
    row: Op,
    args: Sequence[Any],
    tangents: Sequence[Any],
    places: Sequence[int],
    outputs: Sequence[Tensor],
    is_complex: bool,
) -> list[Tangent]:
    from ..gradients import fit
    from .tracking import Tracking, gradient

    rule = row.rule(sum(1 << row.differentiable.index(place) for place in places), is_complex)
    kept = _kept(rule, args, outputs)
    varied = [o._value.dtype.kind in "fc" for o in outputs]
    # Some derivatives take logarithms of the gradient, so it had better not be zero.
    ones = [TENSORS.ones_like(o) for o in outputs]
    before = state.grad_enabled
    with Tracking() as level:
        modes.set_grad_enabled(True)
        try:
            cotangents = [level.variable(z) if v else level.wrap(z) for z, v in zip(ones, varied, strict=True)]
            results = rule.on_tensors(cotangents if rule.many else cotangents[0], *kept)
            roots: list[Tensor] = []
            seeds: list[Tensor] = []
            slot = 0
            for place in row.differentiable:
                several = args[place] if args[place].__class__ is tuple else (args[place],)
                directions = tangents[place] if args[place].__class__ is tuple else (tangents[place],)
                for argument, direction in zip(several, directions, strict=True):
                    if direction is not None and results[slot] is not None:
                        roots.append(fit(results[slot], meta_of(argument._value), None, slot))
                        seeds.append(direction)
                    slot += 1
        finally:
            modes.set_grad_enabled(before)
    inputs = [c for c, v in zip(cotangents, varied, strict=True) if v]
    found = iter(gradient(roots, inputs, seeds, record=before))
    return [next(found) if v else None for v in varied]
