"""torch.optim.Adamax."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_betas, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["Adamax"]


class Adamax(Stepper):
    """Adam with the largest gradient so far in place of the root of squares (Kingma and Ba, 2015).

    Args:
        params: What to optimize.
        lr: The learning rate.
        betas: How slowly the running average and the maximum forget.
        eps: Added to the size of the gradient.
        weight_decay: Factor of the parameter that is added to the gradient.
        foreach: Of no effect here.
        maximize: Whether to climb.
        differentiable: Whether the step itself is recorded.
        capturable: For graphs on other devices; refused by a step.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(eps=eps)
        check_betas(betas)
        not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype())
            state["exp_avg"] = zeros(param)
            state["exp_inf"] = zeros(param)
        first, second = group["betas"]
        grad = climbing(grad, group)
        count = self._counted(state, group)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        param, grad, average, largest = real(param, grad, state["exp_avg"], state["exp_inf"])
        average.lerp_(grad, 1 - first)
        size = grad.abs().add_(group["eps"])
        largest.copy_(FUNCTIONS["maximum"](largest.mul(second), size))
        param.addcdiv_(average, largest, value=-(scalar(group["lr"]) / (1 - first**count)))
