"""torch.optim.Adam and AdamW."""

from __future__ import annotations

import math
from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .optimizer import Optimizer, not_negative

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015).

    Args:
        params: What to optimize.
        lr: The learning rate.
        betas: How slowly the running averages of the gradient and of its square forget.
        eps: Added to the denominator.
        weight_decay: Factor of the parameter that is added to the gradient.
        amsgrad: Whether to use the largest average of squares so far (Reddi et al., 2018).
        foreach: Of no effect here.
        maximize: Whether to climb.
        capturable: Of no effect here.
        differentiable: Not offered.
        fused: Of no effect here.
        decoupled_weight_decay: Whether the decay bypasses the averages, as in AdamW.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        not_negative(lr=lr, eps=eps)
        for index, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"Invalid beta parameter at index {index}: {beta}")
        not_negative(weight_decay=weight_decay)
        if differentiable:
            raise NotImplementedError("differentiable optimizers are not implemented")
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0)
            state["exp_avg"] = FUNCTIONS["zeros_like"](param)
            state["exp_avg_sq"] = FUNCTIONS["zeros_like"](param)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = FUNCTIONS["zeros_like"](param)
        first, second = group["betas"]
        state["step"] += 1
        count = state["step"].item()
        gradient = -grad if group["maximize"] else grad
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                param.mul_(1 - group["lr"] * group["weight_decay"])
            else:
                gradient = gradient.add(param, alpha=group["weight_decay"])
        average, square = state["exp_avg"], state["exp_avg_sq"]
        average.lerp_(gradient, 1 - first)
        square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        size = group["lr"] / (1 - first**count)
        root = math.sqrt(1 - second**count)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            largest.copy_(largest.maximum(square))
            square = largest
        param.addcdiv_(average, (square.sqrt() / root).add_(group["eps"]), value=-size)


class AdamW(Adam):
    """Adam with weight decay that bypasses the averages (Loshchilov and Hutter, 2019)."""

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8, weight_decay: float = 1e-2,
                 amsgrad: bool = False, **options: Any) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, decoupled_weight_decay=True, **options)
