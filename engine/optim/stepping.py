"""What the optimizers that change each parameter by itself have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..api import FUNCTIONS
from ..grad_mode import enable_grad, set_grad_enabled
from ..tensor import Tensor
from .optimizer import Optimizer

__all__ = ["Stepper", "check_betas", "check_lr", "climbing", "not_negative", "real", "scalar", "scalar_dtype", "zeros"]

CAPTURING = "['cuda', 'xpu', 'hpu', 'privateuseone', 'xla']"


class Stepper(Optimizer):
    """An optimizer whose step changes one parameter after the other."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        super().__init__(params, defaults)
        if defaults.get("fused"):
            if defaults.get("differentiable"):
                raise RuntimeError("`fused` does not support `differentiable`")
            if defaults.get("foreach"):
                raise RuntimeError("`fused` and `foreach` cannot be `True` together.")

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # Options that came later than the state that was saved.
        for group in self.param_groups:
            for name in self.defaults:
                if name in ("foreach", "maximize", "differentiable", "capturable", "fused", "nesterov", "amsgrad", "centered"):
                    group.setdefault(name, None if name in ("foreach", "fused") else False)
            for parameter in group["params"]:
                own = self.state.get(parameter)
                if own and "step" in own and not isinstance(own["step"], Tensor):
                    own["step"] = FUNCTIONS["tensor"](float(own["step"]), dtype=scalar_dtype())

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients.

        Args:
            closure: Computes the loss anew, with its gradients; called first.

        Returns:
            What the closure returned.
        """
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            result = None
            if closure is not None:
                with enable_grad():
                    result = closure()
            for group in self.param_groups:
                for parameter in group["params"]:
                    grad = parameter.grad
                    if grad is not None:
                        self._update(parameter, grad, group)
        return result

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        """Change one parameter."""
        raise NotImplementedError

    def _counted(self, state: dict[str, Any], group: dict[str, Any], names: str = "params and state_steps") -> float:
        """One more step of a parameter; how many that makes.

        Raises:
            AssertionError: The step shall be captured, which no step on a CPU can be.
        """
        if group.get("capturable"):
            raise AssertionError(f"If capturable=True, {names} must be on supported devices: {CAPTURING}.")
        state["step"] += 1
        return state["step"].item()


def scalar_dtype(fused: bool = False) -> dtypes.dtype:
    """The dtype in which steps are counted."""
    return dtypes.float64 if not fused and dtypes.get_default_dtype() is dtypes.float64 else dtypes.float32


def zeros(parameter: Tensor) -> Tensor:
    """Zeros like a parameter, laid out as it is."""
    return FUNCTIONS["zeros_like"](parameter)


def scalar(value: Any) -> Any:
    """An option; a tensor of one element as a 0-d one."""
    return value.squeeze() if isinstance(value, Tensor) and value.ndim else value


def real(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Complex tensors as real ones with a last dimension of two; real ones as they are."""
    return tuple([FUNCTIONS["view_as_real"](t) if t.is_complex() else t for t in tensors])


def climbing(grad: Tensor, group: dict[str, Any]) -> Tensor:
    """The gradient, or its negative when the objective shall grow."""
    return -grad if group["maximize"] else grad


def check_lr(lr: Any) -> None:
    """See that a learning rate is one number that is not negative.

    Raises:
        ValueError: It is not.
    """
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    not_negative(lr=lr)


def not_negative(**options: Any) -> None:
    """See that options are not negative.

    Raises:
        ValueError: One is.
    """
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {words.get(name, f'{name} value')}: {value}")


def check_betas(betas: Any) -> None:
    """See that decay rates of running averages are in [0, 1).

    Raises:
        ValueError: One is not.
    """
    for index, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")
