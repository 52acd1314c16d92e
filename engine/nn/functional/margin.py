"""Losses that want things to be apart by a margin, and distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...api import FUNCTIONS, public
from ...ops import margin_loss as rows
from ...ops.arithmetic import add_scalar, sub_scalar
from ...ops.distance import pdist
from ...ops.similarity import cosine_similarity, pairwise_distance
from ...rules import TENSORS
from ...tensor import Tensor
from .._reduction import chosen, get_enum, reduced
from . import activation

__all__ = [
    "cosine_embedding_loss", "cosine_similarity", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "pairwise_distance", "pdist", "soft_margin_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


@public(method=False, name="margin_ranking_loss")
def _torch_margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """How far two inputs are from being ranked as target says, by a margin."""
    return reduced(add_scalar(-target * (input1 - input2), margin).clamp_min_(0), reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, -target * (input1 - input2) + margin), where target is 1 or -1."""
    number = get_enum(chosen(reduction, size_average, reduce))
    if input1.dim() != input2.dim() or input1.dim() != target.dim():
        raise RuntimeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: {input1.size()}, input2: "
            f"{input2.size()}, target: {target.size()} "
        )
    return _torch_margin_ranking_loss(input1, input2, target, margin, number)


@public(method=False, name="hinge_embedding_loss")
def _torch_hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 1) -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1."""
    zeros = FUNCTIONS["zeros_like"](input.detach())
    beyond = TENSORS.sub(margin, input).clamp_min(0)
    where = FUNCTIONS["where"]
    return reduced(where(target != 1, beyond, zeros) + where(target != -1, input, zeros), reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1."""
    return _torch_hinge_embedding_loss(input, target, margin, get_enum(chosen(reduction, size_average, reduce)))


@public(method=False, name="cosine_embedding_loss")
def _torch_cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """1 - cosine where target is 1, max(0, cosine - margin) where it is -1."""
    if target.dim() not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    wanted = target.dim() + 1
    if input1.dim() != wanted or input2.dim() != wanted:
        raise RuntimeError(
            f"{target.dim()}D target tensor expects {wanted}D input tensors, but found inputs with sizes {list(input1.shape)} and "
            f"{list(input2.shape)}."
        )
    dim = target.dim()
    products = (input1 * input2).sum(dim)
    first = add_scalar((input1 * input1).sum(dim), 1e-12)
    second = add_scalar((input2 * input2).sum(dim), 1e-12)
    cosine = products / (first * second).sqrt()
    zeros = FUNCTIONS["zeros_like"](cosine.detach())
    where = FUNCTIONS["where"]
    near = where(target == 1, TENSORS.sub(1, cosine), zeros)
    far = where(target == -1, sub_scalar(cosine, margin).clamp_min(0), zeros)
    return reduced(near + far, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cosine(input1, input2) where target is 1, max(0, cosine - margin) where it is -1."""
    number = get_enum(chosen(reduction, size_average, reduce))
    return _torch_cosine_embedding_loss(input1, input2, target, margin, number)


@public(method=False, name="triplet_margin_loss")
def _torch_triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: int = 1,
) -> Tensor:
    """How much nearer than positive, and a margin, negative is to anchor."""
    _check_triplet(anchor, positive, negative)
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = FUNCTIONS["minimum"](far, pairwise_distance(positive, negative, p, eps))
    return reduced((add_scalar(near, margin) - far).clamp_min(0), reduction)


def _check_triplet(anchor: Tensor, positive: Tensor, negative: Tensor) -> None:
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor "
            f"{anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), where d is the p-norm of the difference (Balntas et al., 2016).

    Raises:
        ValueError: The margin is not positive.
    """
    number = get_enum(chosen(reduction, size_average, reduce))
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return _torch_triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, number)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """max(0, d(anchor, positive) - d(anchor, negative) + margin), for any distance d.

    Raises:
        ValueError: The margin is not positive.
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    _check_triplet(anchor, positive, negative)
    distance = pairwise_distance if distance_function is None else distance_function
    near = distance(anchor, positive)
    far = distance(anchor, negative)
    if swap:
        far = FUNCTIONS["minimum"](far, distance(positive, negative))
    return reduced((margin + near - far).clamp_min(0), get_enum(reduction))


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """log(1 + exp(-target * input)), where target is 1 or -1."""
    return rows.soft_margin_loss(input, target, get_enum(chosen(reduction, size_average, reduce)))


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean over all other classes of max(0, margin - input[target] + input[class]) ** p.

    Raises:
        ValueError: p is neither 1 nor 2, or the weight has more than one dimension.
    """
    number = get_enum(chosen(reduction, size_average, reduce))
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    return rows.multi_margin_loss(input, target, p, margin, weight, number)


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The mean over all wanted and unwanted classes of max(0, 1 - input[wanted] + input[unwanted]).

    Args:
        input: (classes) or (samples, classes).
        target: Of input's shape: the wanted classes' numbers, ended by -1.
        size_average: Deprecated, with reduce.
        reduce: Deprecated.
        reduction: "mean", "sum" or "none".
    """
    return rows.multilabel_margin_loss(input, target, get_enum(chosen(reduction, size_average, reduce)))


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The binary cross entropy of logits and targets, averaged over the classes."""
    reduction = chosen(reduction, size_average, reduce)
    each = -(target * activation.logsigmoid(input) + (1 - target) * activation.logsigmoid(-input))
    if weight is not None:
        each = each * weight
    dim = input.dim() - 1
    each = each.sum(dim=dim) / input.size(dim)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return reduced(each, get_enum(reduction))
