"""What learning rate schedulers have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final
from weakref import ref

from ..frames import warn
from ..tensor import Tensor
from .optimizer import Optimizer
from .stepping import scalar

__all__ = ["LRScheduler", "check_optimizer", "epoch_is_given", "group_values", "of_each_group", "set_group_value"]

_DEPRECATED_EPOCH: Final = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed form is used "
    "instead of the new chainable form, where available. Please open an issue if you are unable to replicate your use case: "
    "https://github.com/pytorch/pytorch/issues/new/choose."
)
_SEE: Final = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
_OVERRIDDEN: Final = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make sure to call "
    f"`optimizer.step()` before `lr_scheduler.step()`. {_SEE}"
)
_WRONG_ORDER: Final = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call them in the "
    "opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in PyTorch skipping the first "
    f"value of the learning rate schedule. {_SEE}"
)


def check_optimizer(optimizer: Any) -> None:
    """See that something is an optimizer.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def _own(value: Any) -> Any:
    return value.clone() if isinstance(value, Tensor) else value


def of_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """An option of a scheduler, for each group of the optimizer.

    Raises:
        ValueError: There are more or fewer than groups.
    """
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * count
    elif len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, param_groups has {count}."
        )
    return [_own(v) for v in value]


def group_values(optimizer: Optimizer, key: str) -> list[Any]:
    """An option of each group."""
    return [_own(group[key]) for group in optimizer.param_groups]


def set_group_value(group: dict[str, Any], key: str, value: Any) -> None:
    """Set an option of a group; a tensor is written into."""
    if isinstance(group[key], Tensor):
        group[key].fill_(scalar(value))
    else:
        group[key] = value


def epoch_is_given() -> None:
    """Warn of a step that names its epoch."""
    warn(_DEPRECATED_EPOCH, UserWarning)


def _track_steps(optimizer: Any) -> None:
    """Have the optimizer remember that it made a step."""
    if hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    weak = ref(optimizer)
    function = optimizer.step.__func__

    @functools.wraps(function)
    def step(*args: Any, **kwargs: Any) -> Any:
        own: Any = weak()
        own._opt_called = True
        return function(own, *args, **kwargs)

    step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = step


class LRScheduler:
    """Base of the learning rate schedulers: `get_lr` says what the rates are at `last_epoch`.

    Args:
        optimizer: Whose rates are set.
        last_epoch: The last epoch done, or -1 to begin.

    Raises:
        KeyError: The optimizer does not know its initial rates although epochs are done.
        TypeError: It is no optimizer.
    """

    _get_lr_called_within_step: bool = False
    _is_initial: bool = False
    _last_lr: list[Any]

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _own(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch >= 0.\n"
                    "This typically happens when:\n"
                    "1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n"
                    "2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
                )
        self.base_lrs = group_values(optimizer, "initial_lr")
        self.last_epoch: Any = last_epoch
        _track_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in vars(self).items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state `state_dict` gave."""
        vars(self).update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates of the groups as last set."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of the groups at `last_epoch`, computed from those before.

        Raises:
            NotImplementedError: A subclass must say how.
        """
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch, and set its rates.

        Args:
            epoch: The epoch to go to; deprecated.
        """
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
                warn(_OVERRIDDEN, UserWarning)
            elif not getattr(self.optimizer, "_opt_called", False):
                warn(_WRONG_ORDER, UserWarning)
        self._step_count += 1
        if epoch is not None:
            epoch_is_given()
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with self._computing():
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                closed: Callable[[], list[Any]] = getattr(self, "_get_closed_form_lr", self.get_lr)
                rates = closed()
        self._set_rates(rates)

    def _set_rates(self, rates: list[Any]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            set_group_value(group, "lr", rate)
        self._last_lr = group_values(self.optimizer, "lr")

    @contextmanager
    def _computing(self) -> Iterator[None]:
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _expect_step(self) -> None:
        """Warn of a `get_lr` that is no part of a step."""
        if not self._get_lr_called_within_step:
            warn("To get the last learning rate computed by the scheduler, please use `get_last_lr()`.", UserWarning)


def _has_state(function: Any) -> bool:
    """Whether a callable is an object of a class of the caller's own: those of Python and of the engine keep theirs to themselves."""
    room = type(function).__module__.partition(".")[0]
    if isinstance(function, (ModuleType, type)) or not callable(function):
        return False
    return room not in ("builtins", "functools", "torch", __name__.partition(".")[0]) and hasattr(function, "__dict__")


def saved_function(function: Any) -> dict[str, Any] | None:
    """What of a function goes into a state dict: the attributes of a callable object, nothing of a function or a class."""
    if not _has_state(function):
        return None
    return {name: value for name, value in vars(function).items() if not name.startswith("__")}


def restore_function(function: Any, saved: Any) -> None:
    """Give a callable object the attributes `saved_function` took from it.

    Raises:
        TypeError: It has none that were taken.
    """
    if not _has_state(function):
        raise TypeError(f"{type(function).__name__} has no attributes to restore")
    vars(function).update({name: value for name, value in dict(saved).items() if not name.startswith("__")})
