"""torch.optim.SGD."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .optimizer import Optimizer, not_negative

__all__ = ["SGD"]


class SGD(Optimizer):
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
        differentiable: Not offered.
        fused: Of no effect here.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if differentiable:
            raise NotImplementedError("differentiable optimizers are not implemented")
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov, "maximize": maximize,
            "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        step = -grad if group["maximize"] else grad
        if group["weight_decay"] != 0:
            step = step.add(param, alpha=group["weight_decay"])
        if group["momentum"] != 0:
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = step.detach().clone()
            else:
                buffer.mul_(group["momentum"]).add_(step, alpha=1 - group["dampening"])
            step = step.add(buffer, alpha=group["momentum"]) if group["nesterov"] else buffer
        param.add_(step, alpha=-group["lr"])
