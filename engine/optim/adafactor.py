"""torch.optim.Adafactor."""

from __future__ import annotations

from typing import Any

from ..api import FUNCTIONS
from ..tensor import Tensor
from ..typeinfo import finfo
from .stepping import Stepper, climbing, scalar, scalar_dtype, zeros

__all__ = ["Adafactor"]


class Adafactor(Stepper):
    """Adafactor, which keeps rows and columns of the average of squares only (Shazeer and Stern, 2018).

    Args:
        params: What to optimize.
        lr: The largest relative step.
        beta2_decay: The power of the step by which the average forgets.
        eps: The least square (the dtype's precision if None), and the least size of a parameter that steps relate to.
        d: Above which root mean square an update is scaled down.
        weight_decay: How much each parameter decays.
        foreach: Of no effect here.
        maximize: Whether to climb.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for fine, words in (
            (lr >= 0.0, f"Learning rate should be >= 0 but is: {lr}"),
            (beta2_decay <= 0.0, f"beta2_decay should be <= 0 but is: {beta2_decay}"),
            (eps[0] is None or eps[0] >= 0.0, f"epsilon1 should be >= 0 but is: {eps[0]}"),
            (eps[1] >= 0.0, f"epsilon2 should be >= 0 but is: {eps[1]}"),
            (d >= 1.0, f"Clipping threshold d should be >= 1 but is: {d}"),
            (weight_decay >= 0.0, f"weight_decay should be >= 0 but is: {weight_decay}"),
        ):
            if not fine:
                raise ValueError(words)
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        state = self.state[param]
        if not state:
            state["step"] = FUNCTIONS["tensor"](0.0, dtype=scalar_dtype())
            if grad.dim() > 1:
                state["row_var"] = grad.new_zeros([*grad.shape[:-1], 1])
                state["col_var"] = grad.new_zeros([*grad.shape[:-2], 1, grad.shape[-1]])
            else:
                state["variance"] = zeros(grad)
        lr, (least, least_size) = scalar(group["lr"]), group["eps"]
        least = finfo(param.dtype).eps if least is None else least
        grad = climbing(grad, group)
        count = self._counted(state, group)
        weight = count ** group["beta2_decay"]
        size = max(least_size, param.norm(2).item() / param.numel() ** 0.5) * min(lr, 1 / count**0.5)
        if group["weight_decay"] != 0:
            param.mul_(1 - lr * group["weight_decay"])
        if grad.dim() > 1:
            rows, columns = state["row_var"], state["col_var"]
            for dim, kept in ((-1, rows), (-2, columns)):
                kept.lerp_(FUNCTIONS["norm"](grad, dim=dim, keepdim=True).square().div_(grad.size(dim)), weight)
            estimate = (rows @ columns).div_(rows.mean(dim=-2, keepdim=True).clamp_(min=least))
        else:
            state["variance"].lerp_(grad * grad, weight)
            estimate = state["variance"].clone()
        update = estimate.clamp_(min=least * least).rsqrt_()
        update.mul_(grad)
        largest = max(1.0, update.norm(2).item() / (update.numel() ** 0.5 * group["d"]))
        param.add_(update, alpha=-size / largest)
