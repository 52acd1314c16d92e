"""torch.optim.Adam and AdamW."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_betas, check_lr, climbing, not_negative, real, scalar, scalar_dtype, zeros

__all__ = ["Adam", "AdamW"]


class Adam(Stepper):
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
        capturable: For graphs on other devices; refused by a step.
        differentiable: Whether the step itself is recorded.
        fused: Of no effect here.
        decoupled_weight_decay: Whether the decay bypasses the averages, as in AdamW.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
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
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        check_lr(lr)
        not_negative(eps=eps)
        check_betas(betas)
        not_negative(weight_decay=weight_decay)
        kinds = (float, Tensor)
        if not any(isinstance(betas[0], kind) and isinstance(betas[1], kind) for kind in kinds):
            raise ValueError("betas must be either both floats or both Tensors")
        for index, beta in enumerate(betas):
            if isinstance(beta, Tensor):
                if foreach and not capturable:
                    raise ValueError(f"betas[{index}] as a Tensor is not supported for capturable=False and foreach=True")
                if beta.numel() != 1:
                    raise ValueError(f"Tensor betas[{index}] must be 1-element")
        defaults = {
            "lr": lr, "betas": tuple(map(scalar, betas)), "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("decoupled_weight_decay", False)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state = self.state[param]
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype(bool(group["fused"])))
            state["exp_avg"] = zeros(param)
            state["exp_avg_sq"] = zeros(param)
            if group["amsgrad"]:
                state["max_exp_avg_sq"] = zeros(param)
        lr, first, second = (scalar(v) for v in (group["lr"], *group["betas"]))
        count: Any = self._counted(state, group)
        grad = climbing(grad, group)
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                param.mul_(1 - lr * group["weight_decay"])
            else:
                grad = grad.add(param, alpha=group["weight_decay"])
        param, grad, average, square = real(param, grad, state["exp_avg"], state["exp_avg_sq"])
        average.lerp_(grad, 1 - (first.to(param.dtype) if isinstance(first, Tensor) else first))
        square.mul_(second).addcmul_(grad, grad, value=1 - second)
        if group["differentiable"]:
            count = state["step"].clone()
        size, root = lr / (1 - first**count), (1 - second**count) ** 0.5
        if group["amsgrad"]:
            (largest,) = real(state["max_exp_avg_sq"])
            largest.copy_(FUNCTIONS["maximum"](largest.clone(), square))
            square = largest
        if group["differentiable"]:
            # By tensors throughout, so that the step's own sizes are part of the graph.
            below = (square.sqrt() / (root * -size)).add_(group["eps"] / -size)
            param.addcdiv_(average.clone(), below)
        else:
            param.addcdiv_(average, (square.sqrt() / root).add_(group["eps"]), value=-size)


class AdamW(Adam):
    """Adam with weight decay that bypasses the averages (Loshchilov and Hutter, 2019).

    Args: As those of `Adam`.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
