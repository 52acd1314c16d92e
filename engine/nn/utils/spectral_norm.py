"""torch.nn.utils.spectral_norm: a weight divided by its largest singular value, by a hook before each call."""

from __future__ import annotations

from typing import Any

from ...grad_mode import no_grad
from ...rules import TENSORS
from ...tensor import Tensor
from .. import functional as F
from ..modules.attributes import delete_attribute, get_attribute, set_attribute
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from ..parameter import Parameter, is_lazy

__all__ = [
    "SpectralNorm",
    "SpectralNormLoadStateDictPreHook",
    "SpectralNormStateDictHook",
    "remove_spectral_norm",
    "spectral_norm",
]


def output_dim(module: Module, dim: int | None) -> int:
    """Which dimension of a module's weight is that of its outputs, if it is not said."""
    if dim is not None:
        return dim
    return 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0


def _unit(vector: Tensor, eps: float) -> Tensor:
    found: Tensor = F.normalize(vector, dim=0, eps=eps)
    return found


class SpectralNorm:
    """The hook: it finds the singular value by power iteration, whose vectors are buffers (Miyato et al., 2018).

    Args:
        name: Of the weight.
        n_power_iterations: How many steps each call in training mode takes.
        dim: The weight's dimension of outputs; the others are taken as one.
        eps: The least that the vectors' norms count as.

    Raises:
        ValueError: There are no steps.
    """

    _version: int = 1

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        self.name = name
        self.dim = dim
        if n_power_iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Tensor) -> Tensor:
        """The weight as a matrix with a row for each output."""
        if self.dim != 0:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.reshape(weight.shape[0], -1)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight divided by its largest singular value, of which the vectors are first brought nearer if wanted."""
        weight, u, v = (get_attribute(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(_unit(TENSORS.mv(matrix.t(), u), self.eps))
                    u.copy_(_unit(TENSORS.mv(matrix, v), self.eps))
                # The graph keeps these, while the next call writes into the buffers.
                u, v = u.clone(), v.clone()
        return weight / TENSORS.dot(u, TENSORS.mv(matrix, v))

    def remove(self, module: Module) -> None:
        """Make the weight a plain parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delete_attribute(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Module, inputs: Any) -> None:
        set_attribute(module, self.name, self.compute_weight(module, do_power_iteration=module.training))

    def _solve_v_and_rescale(self, matrix: Tensor, u: Tensor, sigma: Tensor) -> Tensor:
        """The right vector that belongs to a left one and a singular value."""
        v = matrix.t().mm(matrix).pinverse() @ (matrix.t() @ u.unsqueeze(1))
        v = v.squeeze(1)
        return v.mul_(sigma / TENSORS.dot(u, TENSORS.mv(matrix, v)))

    @staticmethod
    def apply(module: Module, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Put the hook on a module's weight.

        Raises:
            RuntimeError: It has one already.
            ValueError: There is no weight, or it has no shape yet.
        """
        if any(isinstance(hook, SpectralNorm) and hook.name == name for hook in module._forward_pre_hooks.values()):
            raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        made = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if is_lazy(weight):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the dummy forward "
                "before applying spectral normalization"
            )
        with no_grad():
            height, width = made.reshape_weight_to_matrix(weight).shape
            u = _unit(weight.new_empty(height).normal_(0, 1), eps)
            v = _unit(weight.new_empty(width).normal_(0, 1), eps)
        delete_attribute(module, name)
        module.register_parameter(name + "_orig", weight)
        # No parameter, as it is found anew before each call; it is there to be looked at.
        set_attribute(module, name, weight.data)
        module.register_buffer(name + "_u", u)
        module.register_buffer(name + "_v", v)
        module.register_forward_pre_hook(made)
        module._register_state_dict_hook(SpectralNormStateDictHook(made))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(made))
        return made


class SpectralNormLoadStateDictPreHook:
    """Brings state dicts of before there was a version, which have no right vector, up to date."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        version = local_metadata.get("spectral_norm", {}).get(self.fn.name + ".version", None)
        if version is not None and version >= 1:
            return
        key = prefix + self.fn.name
        if version is None and key not in state_dict and all(key + s in state_dict for s in ("_orig", "_u", "_v")):
            return
        missing = [key + suffix for suffix in ("_orig", "", "_u") if key + suffix not in state_dict]
        if missing:
            missing_keys += missing if strict else []
            return
        with no_grad():
            original = state_dict[key + "_orig"]
            sigma = (original / state_dict.pop(key)).mean()
            matrix = self.fn.reshape_weight_to_matrix(original)
            state_dict[key + "_v"] = self.fn._solve_v_and_rescale(matrix, state_dict[key + "_u"], sigma)


class SpectralNormStateDictHook:
    """Writes the version into a state dict's metadata."""

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Module, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any]) -> None:
        versions = local_metadata.setdefault("spectral_norm", {})
        key = self.fn.name + ".version"
        if key in versions:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        versions[key] = self.fn._version


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value before each call.

    Args:
        module: The module, which is returned.
        name: Of the weight, of which `name_orig` is the parameter.
        n_power_iterations: How many steps of power iteration each call in training mode takes.
        eps: The least that the vectors' norms count as.
        dim: The weight's dimension of outputs: 0, or 1 of transposed convolutions, if not given.
    """
    SpectralNorm.apply(module, name, n_power_iterations, output_dim(module, dim), eps)
    return module


def _drop(hooks: dict[int, Any], wanted: Any) -> bool:
    for key, hook in hooks.items():
        if wanted(hook):
            del hooks[key]
            return True
    return False


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Undo `spectral_norm`.

    Raises:
        ValueError: There is none on this weight.
    """
    for hook in module._forward_pre_hooks.values():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            hook.remove(module)
            break
    else:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    _drop(module._forward_pre_hooks, lambda h: isinstance(h, SpectralNorm) and h.name == name)
    _drop(module._state_dict_hooks, lambda h: isinstance(h, SpectralNormStateDictHook) and h.fn.name == name)
    _drop(
        module._load_state_dict_pre_hooks,
        lambda h: isinstance(h.hook, SpectralNormLoadStateDictPreHook) and h.hook.fn.name == name,
    )
    return module


def __dir__() -> list[str]:
    return __all__
