"""A line search that ends where the strong Wolfe conditions hold (Nocedal and Wright, algorithms 3.5 and 3.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tensor import Tensor

__all__ = ["strong_wolfe"]

_ENOUGH = 1e-4  # how much of the slope's promise the loss must keep
_FLATTER = 0.9  # how much of the slope may be left


def _cubic(x1: Any, f1: Any, g1: Any, x2: Any, f2: Any, g2: Any, bounds: tuple[Any, Any] | None = None) -> Any:
    """Where the cubic through two values and slopes is least, within bounds."""
    low, high = bounds if bounds is not None else (x1, x2) if x1 <= x2 else (x2, x1)
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = square.sqrt()
    if x1 <= x2:
        least = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        least = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(least, low), high)


def strong_wolfe(
    evaluate: Callable[[Any, Tensor], tuple[float, Tensor]],
    size: Any,
    direction: Tensor,
    loss: float,
    grad: Tensor,
    slope: Any,
    tolerance: float = 1e-9,
    most: int = 25,
) -> tuple[float, Tensor, Any, int]:
    """Search along a direction.

    Args:
        evaluate: The loss and the gradient at a size of step along the direction.
        size: The first size to try.
        direction: The direction.
        loss: The loss at the start.
        grad: The gradient there.
        slope: The gradient along the direction there.
        tolerance: The least change of a parameter that counts.
        most: The most evaluations.

    Returns:
        The loss, the gradient, the size of the step and the number of evaluations.
    """
    reach = direction.abs().max()
    grad = grad.clone()
    new_loss, new_grad = evaluate(size, direction)
    evaluations = 1
    new_slope = new_grad.dot(direction)
    before: tuple[Any, Any, Any, Any] = (0, loss, grad, slope)
    done = False
    tries = 0
    sizes: list[Any] = []
    losses: list[Any] = []
    grads: list[Any] = []
    slopes: list[Any] = []

    def between(*ends: tuple[Any, Any, Any, Any]) -> None:
        sizes[:], losses[:], grads[:], slopes[:] = (list(part) for part in zip(*ends, strict=True))

    while tries < most:
        here = (size, new_loss, new_grad.clone(), new_slope)
        if new_loss > loss + _ENOUGH * size * slope or (tries > 1 and new_loss >= before[1]):
            between(before, here)
            break
        if abs(new_slope) <= -_FLATTER * slope:
            between(here)
            done = True
            break
        if new_slope >= 0:
            between(before, here)
            break
        bounds = (size + 0.01 * (size - before[0]), size * 10)
        next_size = _cubic(before[0], before[1], before[3], size, new_loss, new_slope, bounds)
        before, size = here, next_size
        new_loss, new_grad = evaluate(size, direction)
        evaluations += 1
        new_slope = new_grad.dot(direction)
        tries += 1
    if tries == most:
        between((0, loss, grad, slope), (size, new_loss, new_grad, new_slope))

    stuck = False
    low, high = (0, 1) if losses[0] <= losses[-1] else (1, 0)
    while not done and tries < most:
        if abs(sizes[1] - sizes[0]) * reach < tolerance:
            break
        size = _cubic(sizes[0], losses[0], slopes[0], sizes[1], losses[1], slopes[1])
        # Too near an end twice, or beyond it: step away from it by a tenth of the bracket.
        margin = 0.1 * (max(sizes) - min(sizes))
        if min(max(sizes) - size, size - min(sizes)) < margin:
            if stuck or size >= max(sizes) or size <= min(sizes):
                at_top = abs(size - max(sizes)) < abs(size - min(sizes))
                size = max(sizes) - margin if at_top else min(sizes) + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new_loss, new_grad = evaluate(size, direction)
        evaluations += 1
        new_slope = new_grad.dot(direction)
        tries += 1
        replaced = low
        if new_loss > loss + _ENOUGH * size * slope or new_loss >= losses[low]:
            replaced = high
        elif abs(new_slope) <= -_FLATTER * slope:
            done = True
        elif new_slope * (sizes[high] - sizes[low]) >= 0:
            for ends in (sizes, losses, grads, slopes):
                ends[high] = ends[low]
        sizes[replaced], losses[replaced], grads[replaced], slopes[replaced] = size, new_loss, new_grad.clone(), new_slope
        if replaced == high:
            low, high = (0, 1) if losses[0] <= losses[1] else (1, 0)
    return losses[low], grads[low], sizes[low], evaluations
