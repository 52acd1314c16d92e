"""torch.optim.RAdam."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_betas, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["RAdam"]


class RAdam(Stepper):
    """Adam with a rectified adaptive learning rate (Liu et al., 2020).

    Args:
        params: What to optimize.
        lr: The learning rate.
        betas: How slowly the running averages of the gradient and of its square forget.
        eps: Added to the denominator.
        weight_decay: Factor of the parameter that is added to the gradient.
        decoupled_weight_decay: Whether the decay bypasses the averages.
        foreach: Of no effect here.
        maximize: Whether to climb.
        capturable: For graphs on other devices; refused by a step.
        differentiable: Whether the step itself is recorded.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(eps=eps)
        check_betas(betas)
        not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype())
            state["exp_avg"] = zeros(param)
            state["exp_avg_sq"] = zeros(param)
        lr, weight_decay, (first, second) = scalar(group["lr"]), group["weight_decay"], group["betas"]
        grad = climbing(grad, group)
        param, grad, average, square = real(param, grad, state["exp_avg"], state["exp_avg_sq"])
        count = self._counted(state, group)
        if weight_decay != 0:
            if group["decoupled_weight_decay"]:
                param.mul_(1 - lr * weight_decay)
            else:
                grad = grad.add(param, alpha=weight_decay)
        average.lerp_(grad, 1 - first)
        square.mul_(second).addcmul_(grad, grad, value=1 - second)
        correction = 1 - second**count
        step = average / (1 - first**count) * lr
        # The length of the simple moving average that the running one amounts to, and its limit.
        limit = 2 / (1 - second) - 1
        length = limit - 2 * count * second**count / correction
        if length > 5.0:
            rectified = ((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)) ** 0.5
            step = step * (correction**0.5 / square.sqrt().add_(group["eps"])) * rectified
        param.add_(step, alpha=-1.0)
