"""torch.optim.NAdam."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_betas, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["NAdam"]


class NAdam(Stepper):
    """Adam with Nesterov momentum (Dozat, 2016).

    Args:
        params: What to optimize.
        lr: The learning rate.
        betas: How slowly the running averages of the gradient and of its square forget.
        eps: Added to the denominator.
        weight_decay: Factor of the parameter that is added to the gradient.
        momentum_decay: How fast the momentum grows to its full size.
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
        lr: Any = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype())
            state["mu_product"] = FUNCTIONS["tensor"](1.0, dtype=scalar_dtype())
            state["exp_avg"] = zeros(param)
            state["exp_avg_sq"] = zeros(param)
        lr, weight_decay, (first, second) = scalar(group["lr"]), group["weight_decay"], group["betas"]
        grad = climbing(grad, group)
        param, grad, average, square = real(param, grad, state["exp_avg"], state["exp_avg_sq"])
        count = self._counted(state, group, "params, mu_products and state_steps")
        if weight_decay != 0:
            if group["decoupled_weight_decay"]:
                param.mul_(1 - lr * weight_decay)
            else:
                grad = grad.add(param, alpha=weight_decay)
        mu, mu_next = (first * (1.0 - 0.5 * 0.96 ** (n * group["momentum_decay"])) for n in (count, count + 1))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        average.lerp_(grad, 1 - first)
        square.mul_(second).addcmul_(grad, grad, value=1 - second)
        below = square.div(1 - second**count).sqrt().add_(group["eps"])
        param.addcdiv_(grad, below, value=-lr * (1.0 - mu) / (1.0 - product))
        param.addcdiv_(
            average.clone() if group["differentiable"] else average, below, value=-lr * mu_next / (1.0 - product * mu_next)
        )
