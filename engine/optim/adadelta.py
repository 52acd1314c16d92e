"""torch.optim.Adadelta."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["Adadelta"]


class Adadelta(Stepper):
    """Adadelta (Zeiler, 2012).

    Args:
        params: What to optimize.
        lr: A factor of each step.
        rho: How slowly the running averages of squares forget.
        eps: Added under the roots.
        weight_decay: Factor of the parameter that is added to the gradient.
        foreach: Of no effect here.
        capturable: For graphs on other devices; refused by a step.
        maximize: Whether to climb.
        differentiable: Whether the step itself is recorded.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        not_negative(eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize, "capturable": capturable,
            "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        rho, eps = group["rho"], group["eps"]
        if not state:
            state["step"] = FUNCTIONS["zeros"]((), dtype=scalar_dtype())
            state["square_avg"] = zeros(param)
            state["acc_delta"] = zeros(param)
        self._counted(state, group)
        grad = climbing(grad, group)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        param, grad, square, steps = real(param, grad, state["square_avg"], state["acc_delta"])
        square.mul_(rho).addcmul_(grad, grad, value=1 - rho)
        root = square.add(eps).sqrt_()
        step = steps.add(eps).sqrt_()
        if group["differentiable"]:
            step = step.clone()
        step.div_(root).mul_(grad)
        steps.mul_(rho).addcmul_(step, step, value=1 - rho)
        param.add_(step, alpha=-scalar(group["lr"]))
