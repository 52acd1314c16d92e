"""einsum: sums of products written in indices, put together from the ops PyTorch puts it together from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..api import public
from ..rules import TENSORS
from ..tensor import Tensor
from .products import bmm
from .shape import reshape

__all__: list[str] = []

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
"""The subscripts, in PyTorch's order."""
ELLIPSIS: Final = "..."


# -- the equation


def _subscripts(text: str, start: int, where: str) -> list[list[str]]:
    """The subscripts of each operand in a part of an equation.

    Args:
        text: The part.
        start: Where in the equation it begins.
        where: "operand" or "output", for errors.
    """
    found: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        letter = text[position]
        if letter == ",":
            found.append([])
        elif letter == ".":
            output = where == "output"
            name = "output" if output else f"operand {len(found) - 1}"
            if ELLIPSIS in found[-1]:
                what = "but an ellipsis (...) was already found" if output else "for which an ellipsis was already found"
                raise RuntimeError(f"einsum(): found '.' for {name} {what}")
            if text[position : position + 3] != ELLIPSIS:
                raise RuntimeError(
                    f"einsum(): found '.' for {name} that is not part of any ellipsis{' (...)' if output else ''}"
                )
            found[-1].append(ELLIPSIS)
            position += 2
        elif letter != " ":
            if letter not in LETTERS:
                raise RuntimeError(
                    f"einsum(): invalid subscript given at index {start + position} in the equation string, subscripts must be in [a-zA-Z]"
                )
            found[-1].append(letter)
        position += 1
    return found


@dataclass
class _Equation:
    """An equation beside its operands.

    Attributes:
        inputs: The subscripts of each operand.
        spread: How many dimensions the ellipsis stands for, at most.
        places: Where each subscript is among the aligned dimensions: those of the output, then those summed over.
        ellipsis: Where the ellipsis begins among them.
        outputs: How many of them the output has.
        count: How many there are.
    """

    inputs: list[list[str]]
    spread: int
    places: dict[str, int] = field(default_factory=dict)
    ellipsis: int = 0
    outputs: int = 0
    count: int = 0


def _parsed(equation: str, operands: Sequence[Tensor]) -> _Equation:
    left, arrow, right = equation.partition("->")
    inputs = _subscripts(left, 0, "operand")
    if len(inputs) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(inputs) < len(operands):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    spread = 0
    for i, (labels, operand) in enumerate(zip(inputs, operands, strict=True)):
        named = sum(label != ELLIPSIS for label in labels)
        ndim = operand._value.ndim
        general = ELLIPSIS in labels
        if named > ndim if general else named != ndim:
            words = "is more than" if general else "does not match"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) {words} the number of dimensions ({ndim}) for operand {i}"
                f"{'' if general else ' and no ellipsis was given'}"
            )
        if general:
            spread = max(spread, ndim - named)
    found = _Equation(inputs, spread)
    mentioned = [label for labels in inputs for label in labels if label != ELLIPSIS]
    if arrow:
        shown = _subscripts(right, len(left) + 2, "output")[0]
        if "," in right:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {equation.index(',', len(left))} in the equation string, subscripts must be "
                "in [a-zA-Z]"
            )
    else:
        # The ellipsis, then what is mentioned once, in alphabetical order.
        shown = [ELLIPSIS, *(label for label in LETTERS if mentioned.count(label) == 1)]
    place = 0
    for label in shown:
        if label == ELLIPSIS:
            found.ellipsis = place
            place += spread
            continue
        if label in found.places:
            raise RuntimeError(f"einsum(): output subscript {label} appears more than once in the output")
        if label not in mentioned:
            raise RuntimeError(f"einsum(): output subscript {label} does not appear in the equation for any input operand")
        found.places[label] = place
        place += 1
    found.outputs = place
    if ELLIPSIS not in shown:
        found.ellipsis = place
        place += spread
    for label in LETTERS:
        if label in mentioned and label not in found.places:
            found.places[label] = place
            place += 1
    found.count = place
    return found


# -- the operands, aligned


def _aligned(equation: _Equation, operands: Sequence[Tensor]) -> tuple[list[Tensor], list[int]]:
    """The operands with every aligned dimension in its place, and in how many of them each is longer than 1."""
    sizes: dict[Any, int] = {}
    counts = [0] * equation.count
    aligned = []
    for number, (labels, operand) in enumerate(zip(equation.inputs, operands, strict=True)):
        order = [-1] * equation.count
        current, dim = operand, 0
        for label in labels:
            if label == ELLIPSIS:
                width = operand._value.ndim - (len(labels) - 1)
                for j in range(equation.spread - width, equation.spread):
                    length = current._value.shape[dim]
                    if length != 1:
                        known = sizes.get(j, 1)
                        if known not in (1, length):
                            raise RuntimeError(
                                f"einsum(): dimension {dim} covered by ellipsis in operand {number}has size {length} which does not "
                                f"broadcast with previously seen ellipsis with size {known} for the respective dimension"
                            )
                        sizes[j] = length
                        counts[equation.ellipsis + j] += 1
                    order[equation.ellipsis + j] = dim
                    dim += 1
                continue
            place, length = equation.places[label], current._value.shape[dim]
            if order[place] < 0:
                if length != 1:
                    known = sizes.get(label, 1)
                    if known not in (1, length):
                        raise RuntimeError(
                            f"einsum(): subscript {label} has size {length} for operand {number} which does not broadcast with previously "
                            f"seen size {known}"
                        )
                    sizes[label] = length
                    counts[place] += 1
                order[place] = dim
                dim += 1
                continue
            # Mentioned twice: the diagonal.
            before = order[place]
            if length != current._value.shape[before]:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, {length} != "
                    f"{current._value.shape[before]}"
                )
            current = TENSORS.movedim(TENSORS.diagonal(current, 0, before, dim), -1, before)
        for place in range(equation.count):
            if order[place] < 0:
                current = TENSORS.unsqueeze(current, dim)
                order[place] = dim
                dim += 1
        aligned.append(TENSORS.permute(current, tuple(order)))
    return aligned, counts


# -- the products


def _paired(left: Tensor, right: Tensor, summed: Sequence[int]) -> Tensor:
    """The product of two aligned operands, summed over dimensions that both have: one batched matrix product."""
    if not summed:
        return left * right
    shared: list[int] = []
    mine: list[int] = []
    theirs: list[int] = []
    for d in range(left._value.ndim):
        in_left, in_right = left._value.shape[d] != 1, right._value.shape[d] != 1
        if d in summed:
            if in_left != in_right:
                left = TENSORS.sum_dim_IntList(left, (d,), True) if in_left else left
                right = TENSORS.sum_dim_IntList(right, (d,), True) if in_right else right
        else:
            (shared if in_left and in_right else mine if in_left else theirs).append(d)
    if mine and theirs and theirs[-1] < mine[0]:
        # So the result lies in memory as the output has it.
        left, right, mine, theirs = right, left, theirs, mine
    a, b = left._value.shape, right._value.shape
    batch, height, width = ([s[d] for d in dims] for s, dims in ((a, shared), (a, mine), (b, theirs)))
    inner = math.prod(a[d] for d in summed)
    first = TENSORS.permute(left, (*shared, *mine, *summed, *theirs))
    second = TENSORS.permute(right, (*shared, *summed, *theirs, *mine))
    product = bmm(
        reshape(first, (math.prod(batch), math.prod(height), inner)),
        reshape(second, (math.prod(batch), inner, math.prod(width))),
    )
    laid = [*shared, *mine, *summed, *theirs]
    shown = TENSORS.view(product, (*batch, *height, *(1 for _ in summed), *width))
    return TENSORS.permute(shown, tuple(laid.index(d) for d in range(len(laid))))


def _contracted(equation: _Equation, operands: list[Tensor], counts: list[int]) -> Tensor:
    waiting = list(operands)
    while len(waiting) > 1:
        left, right = waiting[:2]
        together: list[int] = []
        only_left: list[int] = []
        only_right: list[int] = []
        for d in range(equation.outputs, equation.count):
            in_left, in_right = left._value.shape[d] != 1, right._value.shape[d] != 1
            if in_left and in_right:
                counts[d] -= 1
                if counts[d] == 1:
                    together.append(d)
                    counts[d] = 0
            elif counts[d] == 1 and (in_left or in_right):
                (only_left if in_left else only_right).append(d)
                counts[d] = 0
        if only_left:
            left = TENSORS.sum_dim_IntList(left, tuple(only_left), True)
        if only_right:
            right = TENSORS.sum_dim_IntList(right, tuple(only_right), True)
        waiting[:2] = [_paired(left, right, together)]
    result = waiting[0]
    if equation.count == equation.outputs:
        return result
    if len(operands) > 1:
        return TENSORS.view(result, result._value.shape[: equation.outputs])
    return TENSORS.sum_dim_IntList(result, tuple(range(equation.outputs, equation.count)), False)


def _of_lists(args: tuple[Any, ...]) -> tuple[str, list[Tensor]]:
    """An equation and its operands from tensors with lists of numbers between them."""

    def written(labels: Sequence[Any]) -> str:
        parts = []
        for label in labels:
            if label is Ellipsis:
                parts.append(ELLIPSIS)
            elif 0 <= label < len(LETTERS):
                parts.append(LETTERS[label])
            else:
                raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
        return "".join(parts)

    equation = ",".join(written(labels) for labels in args[1::2])
    operands = list(args[:-1:2] if len(args) % 2 else args[::2])
    if len(args) % 2:
        equation = ",".join(written(labels) for labels in args[1:-1:2]) + "->" + written(args[-1])
    return equation, operands


@public(method=False)
def einsum(*args: Any) -> Tensor:
    """The sum of products an equation says, such as "ij,jk->ik", of its operands.

    The operands follow the equation, one by one or as one list; or each is followed by the list of its indices, the indices of
    the result coming last. An ellipsis stands for dimensions that broadcast. Operands are multiplied from left to right.

    Raises:
        RuntimeError: The equation is none, or does not fit the operands.
        ValueError: There are no operands.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    if isinstance(args[0], Tensor):
        equation, operands = _of_lists(args)
    else:
        equation, operands = args[0], list(args[1:])
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = list(operands[0])
    parsed = _parsed(equation, operands)
    aligned, counts = _aligned(parsed, operands)
    return _contracted(parsed, aligned, counts)
