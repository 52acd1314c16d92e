"""torch.optim.ASGD."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["ASGD"]


class ASGD(Stepper):
    """Averaged stochastic gradient descent (Polyak and Juditsky, 1992).

    Args:
        params: What to optimize.
        lr: The learning rate.
        lambd: How much each parameter decays.
        alpha: The power by which the learning rate falls.
        t0: The step at which averaging begins.
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
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        lr = scalar(group["lr"])
        if not state:
            state["step"] = FUNCTIONS["zeros"]((), dtype=scalar_dtype())
            state["eta"] = FUNCTIONS["as_tensor"](lr, dtype=scalar_dtype()).clone().detach()
            state["mu"] = FUNCTIONS["ones"]((), dtype=scalar_dtype())
            state["ax"] = zeros(param)
        grad = climbing(grad, group)
        eta, mu = state["eta"].item(), state["mu"]
        param, grad, average = real(param, grad, state["ax"])
        count = self._counted(state, group, "params, mus, etas, and state_steps")
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        param.mul_(1 - group["lambd"] * eta)
        param.add_(grad, alpha=-eta)
        if mu.item() != 1:
            average.add_(param.sub(average).mul_(mu))
        else:
            average.copy_(param)
        state["eta"].copy_(FUNCTIONS["as_tensor"](lr / (1 + group["lambd"] * lr * count) ** group["alpha"]))
        mu.copy_(FUNCTIONS["as_tensor"](1 / max(1, count - group["t0"])))
