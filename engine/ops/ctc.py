"""Connectionist temporal classification: the probability of a sequence of labels whose times are not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..api import FUNCTIONS, op
from ..dtypes import of_array
from ..tensor import Tensor, wrap
from .arguments import ints

__all__ = ["ctc_loss"]


def _padded_targets(targets: Any, lengths: Sequence[int], samples: int) -> Any:
    """(samples, longest): the labels, whatever shape they came in.

    Raises:
        RuntimeError: They do not fit the lengths.
    """
    longest = max(lengths, default=0)
    result = np.zeros((samples, longest), np.int64)
    if targets.ndim == 1:
        total = sum(lengths)
        if targets.shape[0] != total:
            raise RuntimeError(
                f"Expected tensor to have size {total} at dimension 0, but got size {targets.shape[0]} for argument #2 'targets' (while "
                "checking arguments for ctc_loss_allocate_outputs)"
            )
        start = 0
        for i, n in enumerate(lengths):
            result[i, :n] = targets[start : start + n]
            start += n
    else:
        if targets.shape[0] != samples:
            raise RuntimeError(
                f"Expected tensor to have size {samples} at dimension 0, but got size {targets.shape[0]} for argument #2 'targets' (while "
                "checking arguments for ctc_loss_allocate_outputs)"
            )
        if targets.shape[1] < longest:
            raise RuntimeError(
                f"Expected tensor to have size at least {longest} at dimension 1, but got size {targets.shape[1]} for argument #2 'targets' "
                "(while checking arguments for ctc_loss_allocate_outputs)"
            )
        result[...] = targets[:, :longest]
    return result


class _Lattice:
    """The labels with blanks between them, and which steps between them are possible."""

    def __init__(self, targets: Any, target_lengths: Any, blank: int) -> None:
        samples, longest = targets.shape
        self.states = 2 * target_lengths + 1
        self.labels = np.full((samples, 2 * longest + 1), blank, np.int64)
        self.labels[:, 1::2] = targets
        places = np.arange(2 * longest + 1)
        self.inside = places < self.states[:, None]
        # A label may be reached from the one before it over the blank, unless they are the same.
        self.skips = np.zeros(self.labels.shape, bool)
        self.skips[:, 2:] = (self.labels[:, 2:] != self.labels[:, :-2]) & (places[2:] % 2 == 1)


def _moved(values: Any, by: int) -> Any:
    """Values moved along the states, minus infinity where none come from."""
    result = np.full_like(values, -np.inf)
    if by > 0:
        result[:, by:] = values[:, :-by]
    else:
        result[:, :by] = values[:, -by:]
    return result


def _log_sum(*parts: Any) -> Any:
    top = np.maximum.reduce(parts)
    safe = np.where(np.isneginf(top), 0, top)
    return np.log(np.add.reduce([np.exp(p - safe) for p in parts])) + safe


def _forward(
    log_probs: Any,
    targets: Any,
    input_lengths: Sequence[int],
    target_lengths: Sequence[int],
    blank: int = 0,
    zero_infinity: bool = False,
) -> tuple[Any, Any]:
    times, samples, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    for name, lengths in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if len(lengths) != samples:
            raise RuntimeError(f"{name} must be of size batch_size")
    for n in input_lengths:
        if n < 0:
            raise RuntimeError(
                f"Expected input_lengths to have value at least 0, but got value {n} (while checking arguments for "
                "ctc_loss_allocate_outputs)"
            )
        if n > times:
            raise RuntimeError(
                f"Expected input_lengths to have value at most {times}, but got value {n} (while checking arguments for ctc_loss_allocate_outputs)"
            )
    for n in target_lengths:
        if n < 0:
            raise RuntimeError(
                f"Expected target_lengths to have value at least 0, but got value {n} (while checking arguments for "
                "ctc_loss_allocate_outputs)"
            )
    lattice = _Lattice(_padded_targets(targets, target_lengths, samples), np.asarray(target_lengths, np.int64), blank)
    rows: Any = np.arange(samples)
    alpha = np.full((samples, times, lattice.labels.shape[1]), -np.inf, log_probs.dtype)
    ends = np.asarray(input_lengths)
    if times:
        emitted = np.take_along_axis(log_probs[0], lattice.labels, 1)
        start = np.where(np.arange(lattice.labels.shape[1]) < 2, emitted, -np.inf)
        alpha[:, 0] = np.where(lattice.inside & np.greater(ends, 0)[:, None], start, -np.inf)
    for t in range(1, times):
        before = alpha[:, t - 1]
        skipped = np.where(lattice.skips, _moved(before, 2), -np.inf)
        reached = _log_sum(before, _moved(before, 1), skipped) + np.take_along_axis(log_probs[t], lattice.labels, 1)
        alpha[:, t] = np.where(lattice.inside & np.less(t, ends)[:, None], reached, -np.inf)
    last = lattice.states - 1
    final = alpha[rows, np.maximum(ends - 1, 0)] if times else np.full((samples, lattice.labels.shape[1]), -np.inf)
    first_end = final[rows, last]
    second_end = np.where(last > 0, final[rows, np.maximum(last - 1, 0)], -np.inf)
    losses = -_log_sum(first_end, second_end)
    # A sample without times is certain if it has no labels.
    losses = np.where(ends == 0, np.where(last == 0, 0, np.inf), losses)
    return losses.astype(log_probs.dtype), alpha


def _backward(
    grad: Any,
    log_probs: Any,
    targets: Any,
    input_lengths: Sequence[int],
    target_lengths: Sequence[int],
    neg_log_likelihood: Any,
    log_alpha: Any,
    blank: int,
    zero_infinity: bool,
) -> Any:
    times, samples, _ = log_probs.shape
    lattice = _Lattice(_padded_targets(targets, target_lengths, samples), np.asarray(target_lengths, np.int64), blank)
    ends, states = np.asarray(input_lengths), lattice.states
    places = np.arange(lattice.labels.shape[1])
    ending = (places == (states - 1)[:, None]) | (places == (states - 2)[:, None])
    ahead_skips = np.zeros_like(lattice.skips)
    ahead_skips[:, :-2] = lattice.skips[:, 2:]
    result = np.zeros_like(log_probs)
    beta = np.full(lattice.labels.shape, -np.inf, log_probs.dtype)
    rows = np.arange(samples)[:, None]
    for t in range(times - 1, -1, -1):
        emitted = np.take_along_axis(log_probs[t], lattice.labels, 1)
        skipped = np.where(ahead_skips, _moved(beta, -2), -np.inf)
        moved = _log_sum(beta, _moved(beta, -1), skipped) + emitted
        beta = np.where(np.equal(t, ends - 1)[:, None], np.where(ending, emitted, -np.inf), moved)
        beta = np.where(lattice.inside & np.less(t, ends)[:, None], beta, -np.inf)
        # What the paths through each class weigh, of all paths.
        joint = log_alpha[:, t] + beta
        weights = np.zeros(log_probs.shape[1:], log_probs.dtype)
        np.add.at(weights, (rows, lattice.labels), np.exp(joint + neg_log_likelihood[:, None] - emitted))
        probabilities = np.exp(log_probs[t])
        result[t] = np.where(np.less(t, ends)[:, None], probabilities - weights, 0)
    result *= grad[None, :, None]
    if zero_infinity:
        result[:, np.isinf(neg_log_likelihood)] = 0
    return result


_ctc = op(
    "_ctc_loss(Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, int blank=0, bool zero_infinity=False) "
    "-> (neg_log_likelihood, log_alpha)",
    _forward,
    "-log(the sum over all ways to place the targets in time of exp(the sum of log_probs))",
    method=False,
    node="CtcLossBackward0",
    constant_outputs=(1,),
    log_probs="_ctc_loss_backward(grad, log_probs, targets, input_lengths, target_lengths, neg_log_likelihood, log_alpha, blank, "
    "zero_infinity)",
)
op(
    "_ctc_loss_backward(Tensor grad, Tensor log_probs, Tensor targets, int[] input_lengths, int[] target_lengths, "
    "Tensor neg_log_likelihood, Tensor log_alpha, int blank, bool zero_infinity)",
    _backward,
    "grad * (exp(log_probs) - the share of the ways that go through each class at each time)",
    method=False,
    function=False,
    node="NotImplemented",
    grad="not_differentiable('_ctc_loss_backward')",
    log_probs="not_differentiable('_ctc_loss_backward')",
)


def _lengths(value: Any, name: str) -> tuple[int, ...]:
    if isinstance(value, Tensor) and value._value.dtype.kind not in "iu":
        raise RuntimeError(f"{name} must be integral")
    found = ints(value)
    if found is None:
        raise TypeError(f"ctc_loss(): argument '{name}' must be tuple of ints, not {type(value).__name__}")
    return found


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Any,
    target_lengths: Any,
    blank: int,
    reduction: int,
    zero_infinity: bool,
) -> Tensor:
    """The loss of each sample, reduced: for a mean, each is first divided by the length of its target.

    Raises:
        RuntimeError: The arguments do not fit each other.
    """
    batched = log_probs.dim() == 3
    if log_probs._value.dtype not in (np.float32, np.float64):
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{of_array(log_probs._value)._legacy}'")
    probs = log_probs if batched else log_probs.unsqueeze(1)
    wanted = targets if batched or targets.dim() != 1 else targets.unsqueeze(0)
    spans, sizes = _lengths(input_lengths, "input_lengths"), _lengths(target_lengths, "target_lengths")
    row: Any = _ctc
    found = row(probs, wanted, spans, sizes, blank, zero_infinity)[0]
    if zero_infinity:
        zero = wrap(np.zeros((), found._value.dtype))
        found = FUNCTIONS["where"](found == float("inf"), zero, found)
    if reduction == 1:
        counts = wrap(np.maximum(np.asarray(sizes, found._value.dtype), 1))
        return (found / counts).mean()
    if reduction == 2:
        return found.sum()
    return found if batched else found.squeeze(0)
