"""Modules called with other parameters than their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..nn.modules.attributes import delete_attribute, get_attribute, set_attribute
from ..nn.modules.module import Module
from ..rules import TENSORS
from ..tensor import Tensor

__all__ = ["functional_call", "replace_all_batch_norm_modules_", "stack_module_state"]

_MISSING: Any = object()


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other parameters and buffers than its own.

    Args:
        module: The module; it is as before afterwards.
        parameter_and_buffer_dicts: Tensors by name, as `named_parameters` gives them; or a sequence of such dicts.
        args: The positional arguments, if they are no tuple the only one.
        kwargs: The arguments by name.
        tie_weights: Whether a tensor given for one of several names of the same parameter is meant for all of them.
        strict: Whether there must be one for each of the module's parameters and buffers, and no other.

    Raises:
        ValueError: A name stands in several dicts, or tied names are given different tensors.
        RuntimeError: With `strict`, names are missing or unexpected.
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        tensors = parameter_and_buffer_dicts
    elif isinstance(parameter_and_buffer_dicts, Sequence):
        if not all(isinstance(d, dict) for d in parameter_and_buffer_dicts):
            raise ValueError("Expected all elements of parameter_and_buffer_dicts to be dictionaries")
        names = [name for d in parameter_and_buffer_dicts for name in d]
        repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if repeated:
            raise ValueError(f"{repeated} appeared in multiple dictionaries; behavior of functional call is ambiguous")
        tensors = {name: tensor for d in parameter_and_buffer_dicts for name, tensor in d.items()}
    else:
        raise ValueError(
            "Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got "
            f"{type(parameter_and_buffer_dicts)}"
        )
    given = () if args is None else args if isinstance(args, tuple) else (args,)
    with _with_tensors(module, tensors, tie_weights, strict):
        return module(*given, **(kwargs or {}))


def _own_tensors(module: Module) -> dict[str, Tensor]:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _untied(module: Module, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors for all names of each parameter that one of them is given for."""
    names_of: dict[int, set[str]] = {}
    own = _own_tensors(module)
    for name, tensor in own.items():
        names_of.setdefault(id(tensor), set()).add(name)
    tied = {name: names_of[id(tensor)] for name, tensor in own.items() if len(names_of[id(tensor)]) > 1}
    chosen = [name for name in tensors if name in tied]
    for name in chosen:
        given = {id(tensors[n]) for n in tied[name] if n in tensors}
        if len(given) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(tied[name])}, which are tied. Consider using tie_weights=False"
            )
    return {**tensors, **{other: tensors[name] for name in chosen for other in tied[name]}}


@contextmanager
def _with_tensors(module: Module, tensors: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    """Within it, a module has other tensors; what it has put in their place meanwhile is put into the dict."""
    wanted = _untied(module, tensors) if tie_weights else tensors
    if strict:
        own = _own_tensors(module)
        errors = []
        if unexpected := sorted(wanted.keys() - own.keys()):
            errors.append(f"Unexpected key(s): {', '.join(map(repr, unexpected))}.")
        if missing := sorted(own.keys() - wanted.keys()):
            errors.append(f"Missing key(s): {', '.join(map(repr, missing))}.")
        if errors:
            raise RuntimeError("Error(s) in reparametrizing for {}:\n\t{}".format(module._get_name(), "\n\t".join(errors)))
    before: dict[str, Any] = {}
    try:
        for name, tensor in wanted.items():
            before[name] = _swapped(module, name, tensor)
        yield
    finally:
        after = {name: _swapped(module, name, tensor) for name, tensor in before.items()}
        tensors.update({name: after[name] for name in tensors if name in after})


def _swapped(root: Module, path: str, tensor: Any) -> Any:
    """Put a tensor in the place of another, and return that.

    Raises:
        TypeError: Either is no tensor.
        AttributeError: There is no such submodule.
    """
    prefix, _, name = path.rpartition(".")
    module: Any = root
    for part in prefix.split(".") if prefix else ():
        if not hasattr(module, part):
            raise AttributeError(f"{module._get_name()} has no attribute `{part}`")
        module = get_attribute(module, part)
        if not isinstance(module, Module):
            raise TypeError(f"submodule `{prefix}`: {module} is not an instance of torch.nn.Module")
    if tensor is not _MISSING and not isinstance(tensor, Tensor) and tensor is not None:
        raise TypeError(f"{tensor} is not an instance of torch.Tensor")
    if not name:
        raise KeyError('tensor name can\'t be empty string ""')
    for held in (module._parameters, module._buffers):
        if name in held:
            found = held[name]
            if tensor is _MISSING:
                del held[name]
            else:
                held[name] = tensor
            return found
    found = get_attribute(module, name, _MISSING)
    if found is not _MISSING and not isinstance(found, Tensor) and found is not None:
        raise TypeError(f"attribute `{name}`: {found} is not an instance of torch.Tensor")
    if tensor is not _MISSING:
        set_attribute(module, name, tensor)
    elif found is not _MISSING:
        delete_attribute(module, name)
    return found


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules of one class, stacked by name: for `vmap` over an ensemble.

    Returns:
        Two dicts; the stacked parameters are leaves that require grad if the modules' do.

    Raises:
        RuntimeError: There are none, or they differ in class, in training mode or in what requires grad.
    """
    if len(models) == 0:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or not any(m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    parameters = [dict(m.named_parameters()) for m in models]
    buffers = [dict(m.named_buffers()) for m in models]
    return (
        {name: _stacked([p[name] for p in parameters], name) for name in parameters[0]},
        {name: _stacked([b[name] for b in buffers], name) for name in buffers[0]},
    )


def _stacked(tensors: Sequence[Tensor], name: str) -> Tensor:
    needing = [t.requires_grad for t in tensors]
    if any(needing) and not all(needing):
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    result = TENSORS.stack(list(tensors))
    return result.detach().requires_grad_() if all(needing) else result


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Make every BatchNorm within a module one without running statistics, which vmap could not update; returns the module."""
    for module in root.modules():
        if type(module).__name__.startswith(("BatchNorm", "SyncBatchNorm", "LazyBatchNorm")) and module.track_running_stats:
            module.running_mean = None
            module.running_var = None
            module.num_batches_tracked = None
            module.track_running_stats = False
    return root
