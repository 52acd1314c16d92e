"""torch.optim.Rprop."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, real, scalar, scalar_dtype, zeros

__all__ = ["Rprop"]


class Rprop(Stepper):
    """Resilient backpropagation (Riedmiller and Braun, 1993).

    Args:
        params: What to optimize.
        lr: The first step's size.
        etas: Factors by which a step shrinks when the gradient's sign has changed, and grows when not.
        step_sizes: The smallest and the largest step.
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
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
            "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        shrink, grow = group["etas"]
        if not state:
            lr = scalar(group["lr"])
            state["step"] = FUNCTIONS["zeros"]((), dtype=scalar_dtype())
            state["prev"] = zeros(param)
            state["step_size"] = FUNCTIONS["full_like"](grad, complex(lr, lr) if param.is_complex() else lr)
        grad = climbing(grad, group)
        self._counted(state, group)
        grad, previous, param, size = real(grad, state["prev"], param, state["step_size"])
        factor = grad.mul(previous.clone()).sign()
        factor[factor.gt(0)] = grow
        factor[factor.lt(0)] = shrink
        factor[factor.eq(0)] = 1
        size.mul_(factor).clamp_(*group["step_sizes"])
        grad = grad.clone()
        grad[factor.eq(shrink)] = 0
        param.addcmul_(grad.sign(), size, value=-1)
        previous.copy_(grad)
