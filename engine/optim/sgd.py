"""torch.optim.SGD."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, not_negative, scalar

__all__ = ["SGD"]


class SGD(Stepper):
    """Stochastic gradient descent, with momentum (Sutskever et al., 2013).

    Args:
        params: What to optimize.
        lr: The learning rate.
        momentum: How much of the last step is repeated.
        dampening: How much less of the gradient enters the momentum.
        weight_decay: Factor of the parameter that is added to the gradient.
        nesterov: Whether to look ahead by the momentum.
        maximize: Whether to climb.
        foreach: Of no effect here.
        differentiable: Whether the step itself is recorded.
        fused: Of no effect here.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        not_negative(momentum=momentum, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize,
            "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        lr, weight_decay, momentum = scalar(group["lr"]), group["weight_decay"], group["momentum"]
        step = climbing(grad, group)
        if weight_decay != 0:
            if isinstance(weight_decay, Tensor) and weight_decay.requires_grad:
                step = step.addcmul_(param.clone(), weight_decay)
            else:
                step = step.add(param, alpha=weight_decay)
        if momentum != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = step.detach().clone()
            else:
                buffer.mul_(momentum).add_(step, alpha=1 - group["dampening"])
            step = step.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        if isinstance(lr, Tensor) and lr.requires_grad:
            param.addcmul_(step, lr, value=-1)
        else:
            param.add_(step, alpha=-lr)
