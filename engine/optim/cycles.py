"""Learning rates that rise and fall, and momentum that falls and rises with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from .optimizer import Optimizer
from .schedule import LRScheduler, check_optimizer, of_each_group, restore_function, saved_function, set_group_value

__all__ = ["CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"]


def _set_momentum(group: dict[str, Any], momentum: Any, as_beta: bool) -> None:
    if as_beta:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def _takes_beta(optimizer: Optimizer) -> bool:
    """Whether an optimizer's momentum is the first of its betas.

    Raises:
        ValueError: It has none at all.
    """
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    return "betas" in optimizer.defaults


def _begin_momentum(optimizer: Optimizer, base: list[Any], largest: list[Any], as_beta: bool) -> None:
    for high, low, group in zip(largest, base, optimizer.param_groups, strict=True):
        _set_momentum(group, high, as_beta)
        group["max_momentum"] = high
        group["base_momentum"] = low


class CyclicLR(LRScheduler):
    """Rates that go up and down between two bounds (Smith, 2017).

    Args:
        optimizer: Whose rates are set.
        base_lr: The lower bound, or one for each group.
        max_lr: The upper bound, or one for each group.
        step_size_up: How many steps the way up takes.
        step_size_down: How many the way down; as many if not given.
        mode: "triangular", "triangular2" (half as high each cycle) or "exp_range" (lower by `gamma` each step).
        gamma: The factor of "exp_range".
        scale_fn: The height in place of a mode's.
        scale_mode: Whether the height is a function of the "cycle" or of "iterations".
        cycle_momentum: Whether momentum goes down and up meanwhile.
        base_momentum: Its lower bound, or one for each group.
        max_momentum: Its upper bound, or one for each group.
        last_epoch: The last step done, or -1 to begin.

    Raises:
        TypeError: It is no optimizer.
        ValueError: The mode is unknown, or the optimizer has no momentum.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Any,
        max_lr: Any,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.8,
        max_momentum: Any = 0.9,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        bases = of_each_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(bases, optimizer.param_groups, strict=True):
                set_group_value(group, "lr", rate)
        self.max_lrs = of_each_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (float(step_size_down) if step_size_down is not None else up)
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        self._init_scale_fn()
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = _takes_beta(optimizer)
            self.base_momentums = of_each_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = of_each_group("max_momentum", optimizer, max_momentum)
            if last_epoch == -1:
                _begin_momentum(optimizer, self.base_momentums, self.max_momentums, self.use_beta1)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = bases

    def _init_scale_fn(self) -> None:
        if self._scale_fn_custom is not None:
            return
        self._scale_fn_ref: Callable[[float], float]
        if self.mode == "exp_range":
            self._scale_fn_ref = partial(_decayed, self.gamma)
            self.scale_mode = "iterations"
        else:
            self._scale_fn_ref = _halved if self.mode == "triangular2" else _level
            self.scale_mode = "cycle"

    def scale_fn(self, x: float) -> float:
        """The height of a cycle or step."""
        return (self._scale_fn_ref if self._scale_fn_custom is None else self._scale_fn_custom)(x)

    def get_lr(self) -> list[Any]:
        """The rates at `last_epoch`; sets the momentum too."""
        self._expect_step()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale_at = cycle if self.scale_mode == "cycle" else self.last_epoch
        rates = [
            low + (high - low) * height * self.scale_fn(scale_at) for low, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]
        if self.cycle_momentum:
            for low, high, group in zip(self.base_momentums, self.max_momentums, self.optimizer.param_groups, strict=True):
                _set_momentum(group, high - (high - low) * height * self.scale_fn(scale_at), self.use_beta1)
        return rates

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and plain functions."""
        state = super().state_dict()
        state.pop("_scale_fn_ref", None)
        custom = state["_scale_fn_custom"]
        return state | {"_scale_fn_custom": None if custom is None else saved_function(custom)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state `state_dict` gave."""
        custom = state_dict.pop("_scale_fn_custom")
        super().load_state_dict(state_dict)
        if custom is not None:
            restore_function(self._scale_fn_custom, custom)
        self._init_scale_fn()


def _level(x: float) -> float:
    return 1.0


def _halved(x: float) -> float:
    return 1 / 2.0 ** (x - 1)


def _decayed(gamma: float, x: float) -> float:
    return float(gamma**x)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine down to `eta_min`, then from the top again, `T_mult` times as long (Loshchilov and Hutter, 2017).

    Args:
        optimizer: Whose rates are set.
        T_0: How many epochs the first way down takes.
        T_mult: By which the next is longer.
        eta_min: The least rate.
        last_epoch: The last epoch done, or -1 to begin.

    Raises:
        ValueError: An option is out of its range.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,  # noqa: N803
        T_mult: int = 1,  # noqa: N803
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: Any = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The rates `T_cur` epochs after the last restart."""
        self._expect_step()
        height = 1 + math.cos(math.pi * self.T_cur / self.T_i)
        return [self.eta_min + (base - self.eta_min) * height / 2 for base in self.base_lrs]

    def step(self, epoch: Any = None) -> None:
        """Go to the next epoch, or to a given one, which may be between two.

        Raises:
            ValueError: The epoch is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur = self.T_cur + 1
            if self.T_cur >= self.T_i:
                self.T_cur = self.T_cur % self.T_i
                self.T_i = self.T_i * self.T_mult
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        elif epoch < self.T_0:
            self.T_i = self.T_0
            self.T_cur = epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        with self._computing():
            rates = self.get_lr()
        self._set_rates(rates)


class OneCycleLR(LRScheduler):
    """One rise to `max_lr` and a long fall far below where it began (Smith and Topin, 2018).

    Args:
        optimizer: Whose rates are set.
        max_lr: The highest rate, or one for each group.
        total_steps: How many steps the cycle takes.
        epochs: With `steps_per_epoch`, the same in other words.
        steps_per_epoch: How many steps an epoch has.
        pct_start: The part of the cycle that rises.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: Whether momentum goes down and up meanwhile.
        base_momentum: Its lower bound, or one for each group.
        max_momentum: Its upper bound, or one for each group.
        div_factor: By which the first rate is less than the highest.
        final_div_factor: By which the last rate is less than the first.
        three_phase: Whether the fall stops at the first rate, and then goes on.
        last_epoch: The last step done, or -1 to begin.

    Raises:
        TypeError: It is no optimizer.
        ValueError: An option is out of its range, or the optimizer has no momentum.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 10000.0,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        rising = float(pct_start * self.total_steps) - 1
        phases = [(rising, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            falling = float(2 * pct_start * self.total_steps) - 2
            phases += [
                (falling, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                (self.total_steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"),
            ]
        else:
            phases += [(self.total_steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")]
        names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        self._schedule_phases: list[dict[str, Any]] = [dict(zip(names, phase, strict=True)) for phase in phases]
        if pct_start < 0 or pct_start > 1 or not isinstance(pct_start, float):
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self._anneal_func_type = anneal_strategy
        highest = of_each_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for rate, group in zip(highest, optimizer.param_groups, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = _takes_beta(optimizer)
            largest = of_each_group("max_momentum", optimizer, max_momentum)
            base = of_each_group("base_momentum", optimizer, base_momentum)
            if last_epoch == -1:
                _begin_momentum(optimizer, base, largest, self.use_beta1)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: Any, end: Any, part: float) -> Any:
        """Part of the way from one value to another."""
        if self._anneal_func_type == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)

    def get_lr(self) -> list[Any]:
        """The rates at `last_epoch`; sets the momentum too.

        Raises:
            ValueError: The cycle is over.
        """
        self._expect_step()
        now = self.last_epoch
        if now > self.total_steps:
            raise ValueError(f"Tried to step {now} times. The specified number of total steps is {self.total_steps}")
        start = 0.0
        for phase in self._schedule_phases:
            if now <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        part = (now - start) / (phase["end_step"] - start)
        rates = []
        for group in self.optimizer.param_groups:
            rates.append(self._between(group[phase["start_lr"]], group[phase["end_lr"]], part))
            if self.cycle_momentum:
                momentum = self._between(group[phase["start_momentum"]], group[phase["end_momentum"]], part)
                _set_momentum(group, momentum, self.use_beta1)
        return rates


def _total(total_steps: Any, epochs: Any, steps_per_epoch: Any) -> int:
    """How many steps a cycle takes.

    Raises:
        ValueError: The numbers do not say.
    """
    if total_steps is not None:
        given = {"total_steps": total_steps}
    elif epochs is not None and steps_per_epoch is not None:
        given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
    else:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    for name, count in given.items():
        if not isinstance(count, int) or count <= 0:
            raise ValueError(f"Expected positive integer {name}, but got {count}")
    return math.prod(given.values())
