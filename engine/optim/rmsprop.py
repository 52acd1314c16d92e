"""torch.optim.RMSprop."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["RMSprop"]


class RMSprop(Stepper):
    """RMSprop (Hinton, lecture notes 2012; centered: Graves, 2013).

    Args:
        params: What to optimize.
        lr: The learning rate.
        alpha: How slowly the running average of squares forgets.
        eps: Added to the denominator.
        weight_decay: Factor of the parameter that is added to the gradient.
        momentum: How much of the last step is repeated.
        centered: Whether the variance takes the place of the mean square.
        capturable: For graphs on other devices; refused by a step.
        foreach: Of no effect here.
        maximize: Whether to climb.
        differentiable: Whether the step itself is recorded.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered, "weight_decay": weight_decay,
            "capturable": capturable, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        lr, alpha, momentum = scalar(group["lr"]), group["alpha"], group["momentum"]
        if not state:
            state["step"] = FUNCTIONS["zeros"]((), dtype=scalar_dtype())
            state["square_avg"] = zeros(param)
            if momentum > 0:
                state["momentum_buffer"] = zeros(param)
            if group["centered"]:
                state["grad_avg"] = zeros(param)
        self._counted(state, group)
        grad = climbing(grad, group)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        param, grad, square = real(param, grad, state["square_avg"])
        square.mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        if group["centered"]:
            (mean,) = real(state["grad_avg"])
            mean.lerp_(grad, 1 - alpha)
            below = square.addcmul(mean, mean, value=-1).sqrt_()
        else:
            below = square.sqrt()
        below = below.add(group["eps"]) if group["differentiable"] else below.add_(group["eps"])
        if momentum > 0:
            (buffer,) = real(state["momentum_buffer"])
            buffer.mul_(momentum).addcdiv_(grad, below)
            param.add_(buffer, alpha=-lr)
        else:
            param.addcdiv_(grad, below, value=-lr)
