"""torch.optim.LBFGS."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..api import FUNCTIONS
from ..grad_mode import enable_grad, no_grad
from ..tensor import Tensor
from .line_search import strong_wolfe
from .optimizer import Optimizer
from .stepping import check_lr, real, scalar

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno (after Schmidt's minFunc).

    Args:
        params: What to optimize, as one group.
        lr: The learning rate.
        max_iter: The most iterations of one step.
        max_eval: The most evaluations of the closure in one step; 1.25 times `max_iter` if not given.
        tolerance_grad: The largest gradient at which a step ends.
        tolerance_change: The least change of parameters or loss.
        history_size: How many updates are remembered.
        line_search_fn: "strong_wolfe" or None.

    Raises:
        ValueError: An option is out of its range, or there are several groups.
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval, "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change, "history_size": history_size, "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def _flat_grad(self) -> Tensor:
        """All gradients as one vector."""
        parts = []
        for parameter in self._params:
            grad = parameter.grad
            flat = FUNCTIONS["zeros"](parameter.numel(), dtype=parameter.dtype) if grad is None else grad.reshape(-1)
            parts.append(real(flat)[0].reshape(-1))
        return FUNCTIONS["cat"](parts, 0)

    def _move(self, size: Any, direction: Tensor) -> None:
        """Go along a direction."""
        offset = 0
        for parameter in self._params:
            (flat,) = real(parameter)
            count = flat.numel()
            flat.add_(direction[offset : offset + count].view_as(flat), alpha=size)
            offset += count

    def _evaluate(self, closure: Callable[[], Any], start: list[Tensor], size: Any, direction: Tensor) -> tuple[float, Tensor]:
        """The loss and the gradient some way along a direction; the parameters stay where they are."""
        self._move(size, direction)
        loss = float(closure())
        grad = self._flat_grad()
        for parameter, value in zip(self._params, start, strict=True):
            parameter.copy_(value)
        return loss, grad

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:
        """Iterate until nothing changes any more, or long enough.

        Args:
            closure: Computes the loss anew, with its gradients.

        Returns:
            What the closure returned at first.
        """
        closure = enable_grad()(closure)
        group = self.param_groups[0]
        lr, change, history = scalar(group["lr"]), group["tolerance_change"], group["history_size"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first_loss = closure()
        loss = float(first_loss)
        evaluations = 1
        state["func_evals"] += 1
        grad = self._flat_grad()
        if grad.abs().max() <= group["tolerance_grad"]:
            return first_loss
        direction, size, before = state.get("d"), state.get("t"), state.get("prev_flat_grad")
        memory = _Memory(state, history)
        loss_before = state.get("prev_loss")
        iterations = 0
        while iterations < group["max_iter"]:
            iterations += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction = grad.neg()
                memory.clear()
            else:
                memory.learn(grad.sub(before), direction.mul(size))
                direction = memory.direction(grad)
            if before is None:
                before = grad.clone()
            else:
                before.copy_(grad)
            loss_before = loss
            size = min(1.0, 1.0 / grad.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = grad.dot(direction)
            if slope > -change:
                break
            evaluated = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError("only 'strong_wolfe' is supported")
                evaluate = functools.partial(self._evaluate, closure, [p.clone() for p in self._params])
                most = group["max_eval"] - evaluations
                found = strong_wolfe(evaluate, size, direction, loss, grad, slope, most=most)
                loss, grad, size, evaluated = found
                self._move(size, direction)
                settled = grad.abs().max() <= group["tolerance_grad"]
            else:
                self._move(size, direction)
                settled = False
                if iterations != group["max_iter"]:
                    loss = float(closure())
                    grad = self._flat_grad()
                    settled = grad.abs().max() <= group["tolerance_grad"]
                    evaluated = 1
            evaluations += evaluated
            state["func_evals"] += evaluated
            if (
                iterations == group["max_iter"]
                or evaluations >= group["max_eval"]
                or settled
                or direction.mul(size).abs().max() <= change
                or abs(loss - loss_before) < change
            ):
                break
        state["d"], state["t"] = direction, size
        memory.keep()
        state["prev_flat_grad"], state["prev_loss"] = before, loss_before
        return first_loss


class _Memory:
    """The last changes of the gradient and of the parameters, which stand for the inverse Hessian."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self._state = state
        self._size = size
        self._grads: Any = state.get("old_dirs")
        self._steps: Any = state.get("old_stps")
        self._factors: Any = state.get("ro")
        self._scale: Any = state.get("H_diag")

    def clear(self) -> None:
        """Forget everything."""
        self._grads, self._steps, self._factors, self._scale = [], [], [], 1

    def learn(self, grads: Tensor, steps: Tensor) -> None:
        """Remember how the gradient changed over a step, unless it bent the wrong way."""
        along = grads.dot(steps)
        if along > 1e-10:
            if len(self._grads) == self._size:
                for kept in (self._grads, self._steps, self._factors):
                    kept.pop(0)
            self._grads.append(grads)
            self._steps.append(steps)
            self._factors.append(1.0 / along)
            self._scale = along / grads.dot(grads)

    def direction(self, grad: Tensor) -> Tensor:
        """The approximate inverse Hessian times the negative gradient, in two loops."""
        weights = self._state.setdefault("al", [None] * self._size)
        found = grad.neg()
        count = len(self._grads)
        for i in range(count - 1, -1, -1):
            weights[i] = self._steps[i].dot(found) * self._factors[i]
            found.add_(self._grads[i], alpha=-weights[i])
        found = FUNCTIONS["mul"](found, self._scale)
        for i in range(count):
            found.add_(self._steps[i], alpha=weights[i] - self._grads[i].dot(found) * self._factors[i])
        return found

    def keep(self) -> None:
        """Put it into the parameter's state."""
        self._state.update(old_dirs=self._grads, old_stps=self._steps, ro=self._factors, H_diag=self._scale)
