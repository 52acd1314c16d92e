"""torch.optim.Adagrad."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from .stepping import Stepper, check_lr, climbing, not_negative, real, scalar, scalar_dtype

__all__ = ["Adagrad"]


class Adagrad(Stepper):
    """Adagrad (Duchi et al., 2011).

    Args:
        params: What to optimize.
        lr: The learning rate.
        lr_decay: How fast it falls.
        weight_decay: Factor of the parameter that is added to the gradient.
        initial_accumulator_value: What the sums of squares begin with.
        eps: Added to the denominator.
        foreach: Of no effect here.
        maximize: Whether to climb.
        differentiable: Whether the step itself is recorded.
        fused: Of no effect here.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        not_negative(lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value, eps=eps)
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay, "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach, "maximize": maximize, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                self._begin(parameter, group)

    def _begin(self, param: Tensor, group: dict[str, Any]) -> None:
        start = self.defaults["initial_accumulator_value"]
        state = self.state[param]
        state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype(bool(group["fused"])))
        state["sum"] = FUNCTIONS["full_like"](param, complex(start, start) if param.is_complex() else start)

    def share_memory(self) -> None:
        """Nothing: there is one process."""

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        if not self.state[param]:
            self._begin(param, group)
        state = self.state[param]
        count = self._counted(state, group)
        grad = climbing(grad, group)
        if group["weight_decay"] != 0:
            grad = grad.add(param, alpha=group["weight_decay"])
        size = scalar(group["lr"]) / (1 + (count - 1) * group["lr_decay"])
        param, grad, total = real(param, grad, state["sum"])
        total.addcmul_(grad, grad, value=1)
        root = total.sqrt()
        root = root + group["eps"] if group["differentiable"] else root.add_(group["eps"])
        param.addcdiv_(grad, root, value=-size)
