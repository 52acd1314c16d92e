"""What a module's state is: saving it to a dict of tensors, and loading it from one."""

from __future__ import annotations

import itertools
from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any, Final

from ...frames import warn
from ...grad_mode import no_grad
from ...tensor import Tensor
from ..parameter import Parameter, is_lazy
from .hooks import HookRegistration
from .names import shown_type

__all__ = ["State"]

_EXTRA: Final = "_extra_state"
_NEVER: Final = (
    "Reached a code path in Module.{}() that should never be called. Please file an issue at "
    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml to report this bug."
)

IncompatibleKeys = namedtuple("IncompatibleKeys", ("missing_keys", "unexpected_keys"))


class _IncompatibleKeys(IncompatibleKeys):
    """What load_state_dict could not match."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<All keys matched successfully>" if not self.missing_keys and not self.unexpected_keys else super().__repr__()

    __str__ = __repr__


class State(HookRegistration):
    """The part of Module that saves and loads."""

    _version: int = 1
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    def get_extra_state(self) -> Any:
        """What else shall be saved; to be overridden together with `set_extra_state`."""
        raise RuntimeError(_NEVER.format("get_extra_state"))

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave; to be overridden."""
        raise RuntimeError(_NEVER.format("set_extra_state"))

    def _persistent_buffers(self) -> list[tuple[str, Tensor | None]]:
        return [(name, b) for name, b in self._buffers.items() if name not in self._non_persistent_buffers_set]

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own state, not that of its children, into a dict."""
        for name, value in itertools.chain(self._parameters.items(), self._persistent_buffers()):
            if value is not None:
                destination[prefix + name] = value if keep_vars else value.detach()
        if getattr(type(self), "get_extra_state", State.get_extra_state) is not State.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def state_dict(self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """All parameters and persistent buffers by dotted name.

        Args:
            *args: The options by position, which is deprecated.
            destination: The dict to fill; a new OrderedDict if not given.
            prefix: What the names begin with.
            keep_vars: Whether to give the parameters themselves, not detached tensors over the same memory.
        """
        if args:
            warn(
                "Positional args are being deprecated, use kwargs instead. Refer to "
                "https://pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.state_dict for details.",
                FutureWarning,
            )
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 and keep_vars is False else keep_vars
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        local_metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = local_metadata
        for hook in self._state_dict_pre_hooks.values():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.values():
            result = hook(self, destination, prefix, local_metadata)
            if not getattr(hook, "_from_public_api", False):
                destination = destination if result is None else result
            elif result is not None:
                raise RuntimeError("state_dict post-hook must return None")
        return destination

    def _load_from_state_dict(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Take this module's own state from a dict, and say what did not fit."""
        for hook in self._load_state_dict_pre_hooks.values():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = {
            name: value
            for name, value in itertools.chain(self._parameters.items(), self._persistent_buffers())
            if value is not None
        }
        assign = bool(local_metadata.get("assign_to_params_buffers", False))
        for name, target in own.items():
            key = prefix + name
            if key in state_dict:
                self._take(name, target, key, state_dict[key], assign, error_msgs)
            elif strict:
                missing_keys.append(key)
        extra = prefix + _EXTRA
        if getattr(type(self), "set_extra_state", State.set_extra_state) is not State.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first, *rest = key[len(prefix) :].split(".", 1)
                    if first not in (self._modules if rest else own):
                        unexpected_keys.append(key)

    def _take(self, name: str, target: Tensor, key: str, given: Any, assign: bool, error_msgs: list[str]) -> None:
        """Take one parameter or buffer from what a state dict has for it."""
        if not isinstance(given, Tensor):
            error_msgs.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but received '
                f"{shown_type(type(given))}"
            )
            return
        if not is_lazy(target):
            # What old checkpoints hold for a number.
            if target.ndim == 0 and tuple(given.shape) == (1,):
                given = given[0]
            if given.shape != target.shape:
                error_msgs.append(
                    f"size mismatch for {key}: copying a param with shape {given.shape!r} from checkpoint, the shape in current model is "
                    f"{target.shape!r}."
                )
                return
        try:
            with no_grad():
                if not assign:
                    target.copy_(given)
                    return
                if isinstance(target, Parameter):
                    if isinstance(given, Parameter):
                        given.requires_grad_(target.requires_grad)
                    else:
                        given = Parameter(given, requires_grad=target.requires_grad)
                setattr(self, name, given)
        except Exception as error:
            error_msgs.append(
                f'While copying the parameter named "{key}", whose dimensions in the model are {target.size()} and whose dimensions in the '
                f"checkpoint are {given.size()}, an exception occurred : {error.args}."
            )

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Copy values in by dotted name.

        Args:
            state_dict: As `state_dict` gives it.
            strict: Whether names that do not match are an error.
            assign: Whether the tensors themselves take the parameters' places.

        Returns:
            A named tuple of missing_keys and unexpected_keys.

        Raises:
            RuntimeError: Names or sizes do not match.
            TypeError: It is no mapping.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {shown_type(type(state_dict))}.")
        missing_keys: list[str] = []
        unexpected_keys: list[str] = []
        error_msgs: list[str] = []
        metadata = getattr(state_dict, "_metadata", None)
        copied: Any = OrderedDict(state_dict)
        if metadata is not None:
            copied._metadata = metadata

        _load(self, copied, "", metadata, assign, _IncompatibleKeys(missing_keys, unexpected_keys), error_msgs)
        if strict:
            for word, keys in (("Unexpected", unexpected_keys), ("Missing", missing_keys)):
                if keys:
                    error_msgs.insert(0, "{} key(s) in state_dict: {}. ".format(word, ", ".join(f'"{k}"' for k in keys)))
        if error_msgs:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(type(self).__name__, "\n\t".join(error_msgs))
            )
        return _IncompatibleKeys(missing_keys, unexpected_keys)


def _load(
    module: Any,
    state_dict: Any,
    prefix: str,
    metadata: Any,
    assign: bool,
    incompatible: _IncompatibleKeys,
    error_msgs: list[str],
) -> None:
    """Load a module, then those below it, then run its hooks."""
    local_metadata = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        local_metadata["assign_to_params_buffers"] = assign
    module._load_from_state_dict(state_dict, prefix, local_metadata, True, *incompatible, error_msgs)
    for name, child in module._modules.items():
        if child is not None:
            below = prefix + name + "."
            own = {key: value for key, value in state_dict.items() if key.startswith(below)}
            _load(child, own, below, metadata, assign, incompatible, error_msgs)
    for hook in module._load_state_dict_post_hooks.values():
        if hook(module, incompatible) is not None:
            raise AssertionError(
                "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new values, if "
                "incompatible_keys need to be modified, it should be done inplace."
            )
