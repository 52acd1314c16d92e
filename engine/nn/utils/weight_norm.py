"""torch.nn.utils.weight_norm: a weight as a length and a direction, by a hook before each call."""

from __future__ import annotations

from typing import Any

from ...frames import warn
from ...ops.weight_norm import _weight_norm, norm_except_dim
from ..modules.attributes import delete_attribute, get_attribute, set_attribute
from ..modules.module import Module
from ..parameter import Parameter, is_lazy

__all__ = ["WeightNorm", "remove_weight_norm", "weight_norm"]


class WeightNorm:
    """The hook.

    Args:
        name: Of the weight.
        dim: Over which each length is of its own; None for one length.
    """

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Any:
        """The weight that length and direction make."""
        return _weight_norm(get_attribute(module, self.name + "_v"), get_attribute(module, self.name + "_g"), self.dim)

    @staticmethod
    def apply(module: Module, name: str, dim: int | None) -> WeightNorm:
        """Part a module's weight, and put the hook on it.

        Raises:
            RuntimeError: It has one already.
            ValueError: The weight has no shape yet.
        """
        warn(
            "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`.",
            FutureWarning,
        )
        if any(isinstance(hook, WeightNorm) and hook.name == name for hook in module._forward_pre_hooks.values()):
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
        made = WeightNorm(name, dim)
        weight = get_attribute(module, name)
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `WeightNorm` can't have uninitialized parameters. Make sure to run the dummy forward "
                "before applying weight normalization"
            )
        del module._parameters[name]
        module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, made.dim).data))
        module.register_parameter(name + "_v", Parameter(weight.data))
        set_attribute(module, name, made.compute_weight(module))
        module.register_forward_pre_hook(made)
        return made

    def remove(self, module: Module) -> None:
        """Make the weight one parameter again."""
        weight = self.compute_weight(module)
        delete_attribute(module, self.name)
        del module._parameters[self.name + "_g"]
        del module._parameters[self.name + "_v"]
        set_attribute(module, self.name, Parameter(weight.data))

    def __call__(self, module: Module, inputs: Any) -> None:
        set_attribute(module, self.name, self.compute_weight(module))


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Part a weight into a length (`name_g`) and a direction (`name_v`), and put it together again before each call.

    Args:
        module: The module, which is returned.
        name: Of the weight.
        dim: Over which each length is of its own; None for one length.
    """
    WeightNorm.apply(module, name, dim)
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Undo `weight_norm`.

    Raises:
        ValueError: There is none on this weight.
    """
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            hook.remove(module)
            del module._forward_pre_hooks[key]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")


def __dir__() -> list[str]:
    return __all__
