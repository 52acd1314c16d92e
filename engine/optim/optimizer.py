"""torch.optim.Optimizer."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ..grad_mode import enable_grad, no_grad
from ..handles import HookDict, RemovableHandle
from ..tensor import Tensor

__all__ = ["Optimizer"]


class Optimizer:
    """Base of all optimizers: groups of parameters with options, and a state for each parameter.

    Args:
        params: Parameters, (name, parameter) pairs, or dicts with "params" and options of their own.
        defaults: Options for groups that do not say otherwise.

    Raises:
        TypeError: A parameter is no tensor.
        ValueError: There are no parameters, or one is no leaf.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, but got {params.type()}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, Any] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._pre_hooks = HookDict()
        self._post_hooks = HookDict()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        members = [given] if isinstance(given, Tensor) else list(given)
        if isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change "
                "between runs. Please use a list instead."
            )
        named = bool(members) and isinstance(members[0], tuple)
        if named:
            param_group["param_names"] = [name for name, _ in members]
            members = [parameter for _, parameter in members]
        for parameter in members:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is torch.{type(parameter).__name__}"
                )
            if not parameter.is_leaf and not self.defaults.get("differentiable"):
                raise ValueError("can't optimize a non-leaf Tensor")
        param_group["params"] = members
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if any(id(p) in known for p in members):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop, or zero, the gradients."""
        for group in self.param_groups:
            for parameter in group["params"]:
                held = parameter._grad
                if held is None:
                    continue
                if set_to_none:
                    parameter.grad = None
                else:
                    if held.grad_fn is not None:
                        held.detach_()
                    else:
                        held.requires_grad_(False)
                    held.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters by their gradients; runs `closure` first, and returns what it returns."""
        for hook in list(self._pre_hooks.values()):
            hook(self, (closure,), {})
        result = None
        if closure is not None:
            with enable_grad():
                result = closure()
        with no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter._grad is not None:
                        self._update(parameter, parameter._grad, group, self.state[parameter])
        for hook in list(self._post_hooks.values()):
            hook(self, (closure,), {})
        return result

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Change one parameter."""
        raise NotImplementedError

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step."""
        return self._pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._post_hooks.add(hook)

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with parameters by number."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for parameter in group["params"]:
                numbers.setdefault(id(parameter), len(numbers))
            groups.append(
                {k: v for k, v in group.items() if k != "params"} | {"params": [numbers[id(p)] for p in group["params"]]}
            )
        return {"state": {numbers[id(p)]: s for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state `state_dict` gave.

        Raises:
            ValueError: The groups do not match.
        """
        saved = copy.deepcopy(state_dict)
        groups = saved["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(g["params"]) != len(s["params"]) for g, s in zip(self.param_groups, groups, strict=True)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        by_number: dict[int, Tensor] = {}
        for own, new in zip(self.param_groups, groups, strict=True):
            by_number.update(zip(new["params"], own["params"], strict=True))
            own.update({k: v for k, v in new.items() if k != "params"})
        self.state = defaultdict(dict, {by_number[n]: s for n, s in saved["state"].items()})

    def __repr__(self) -> str:
        text = type(self).__name__ + " ("
        for i, group in enumerate(self.param_groups):
            text += f"\nParameter Group {i}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def not_negative(**options: float) -> None:
    """See that options are not negative.

    Raises:
        ValueError: One is.
    """
    words = {"lr": "learning rate", "eps": "epsilon value"}
    for name, value in options.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {words.get(name, name)}{'' if name in words else ' value'}: {value}")
