"""torch.nn.utils.parametrize: parameters and buffers computed from others by modules."""

from __future__ import annotations

import copyreg
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import Any

from ...grad_mode import no_grad
from ...tensor import Tensor
from ..modules.attributes import delete_attribute, get_attribute, set_attribute
from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
    "transfer_parametrizations_and_params", "type_before_parametrizations",
]  # fmt: skip


class _Cache:
    """What parametrizations gave, while somebody is within `cached()`."""

    users = 0
    found: dict[tuple[int, str], Tensor] = {}  # noqa: RUF012 (of all users together)


@contextmanager
def cached() -> Iterator[None]:
    """Within it, each parametrization is computed once."""
    _Cache.users += 1
    try:
        yield
    finally:
        _Cache.users -= 1
        if not _Cache.users:
            _Cache.found.clear()


def _register(module: Module, name: str, value: Any) -> None:
    if isinstance(value, Parameter):
        module.register_parameter(name, value)
    else:
        module.register_buffer(name, value)


def _kept(made: Any, wanted: Any, refuse: Any) -> None:
    """Look that a dtype and a shape are as before.

    Args:
        made: The tensor.
        wanted: Its dtype and shape.
        refuse: Makes the error of what it is about, the wanted and the found.
    """
    for what, was in zip(("dtype", "shape"), wanted, strict=True):
        if getattr(made, what) != was:
            raise refuse(what, was, getattr(made, what))


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and what it is computed from: `original`, or `original0`, `original1` and so on.

    Args:
        modules: The parametrizations, the first applied first.
        original: The tensor as it was.
        unsafe: Whether its dtype and shape may change.

    Raises:
        ValueError: There are none, or a `right_inverse` or the result does not fit.
    """

    def __init__(self, modules: Sequence[Module], original: Any, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        wanted = original.dtype, original.shape
        with no_grad():
            new = original
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    # Without it, the tensor itself is what it is computed from.
                    with suppress(NotImplementedError):
                        new = module.right_inverse(new)
        if not isinstance(new, (Tensor, Sequence)):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if isinstance(new, Tensor) else len(new)
        if isinstance(new, Tensor):
            if original.dtype != new.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                    f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {new.dtype}"
                )
            with no_grad():
                original.set_(new)
            _register(self, "original", original)
        else:
            for i, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                        f"{i} of the sequence with type {type(part).__name__}."
                    )
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                part.requires_grad_(original.requires_grad)
                _register(self, f"original{i}", part)
        if not unsafe:
            self._check(self(), wanted)

    def _check(self, made: Any, wanted: Any) -> None:
        if not isinstance(made, Tensor):
            raise ValueError(f"A parametrization must return a tensor. Got {type(made).__name__}.")
        _kept(
            made,
            wanted,
            lambda what, was, found: ValueError(
                f"Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is enabled.\n"
                f"unparametrized {what}: {was}\nparametrized {what}: {found}"
            ),
        )

    @no_grad()
    def right_inverse(self, value: Any) -> None:
        """Set what the tensor is computed from so that it is computed to be `value`.

        Raises:
            RuntimeError: A parametrization has no `right_inverse`.
            ValueError: What that gives does not fit.
        """
        for module in reversed(list(self)):
            if not hasattr(module, "right_inverse"):
                raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
            value = module.right_inverse(value)
        if self.is_tensor:
            if not isinstance(value, Tensor):
                raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
            if value.dtype != self.original.dtype:
                raise ValueError(
                    f"The tensor returned by `right_inverse` has dtype {value.dtype} while `original` has dtype "
                    f"{self.original.dtype}"
                )
            self.original.set_(value)
            return
        if not isinstance(value, Sequence):
            raise ValueError(f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}.")
        if len(value) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of length "
                f"{len(value)}."
            )
        for i, part in enumerate(value):
            original = get_attribute(self, f"original{i}")
            if not isinstance(part, Tensor):
                raise ValueError(
                    f"'right_inverse' must return a sequence of tensors or reference-type opaques. Got element {i} of type "
                    f"{type(part).__name__}."
                )
            if original.dtype != part.dtype:
                raise ValueError(
                    f"Tensor {i} returned by `right_inverse` has dtype {part.dtype} while `original{i}` has dtype "
                    f"{original.dtype}"
                )
            original.set_(part)

    def forward(self) -> Any:
        """The tensor, computed."""
        originals = [self.original] if self.is_tensor else [get_attribute(self, f"original{i}") for i in range(self.ntensors)]
        first, *rest = self
        found = first(*originals)
        for module in rest:
            found = module(found)
        return found


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """A deep copy of a parametrized module, whose class is its own."""
    if id(self) in memo:
        return memo[id(self)]
    replica = memo[id(self)] = self.__new__(type(self))
    replica.__dict__ = deepcopy(self.__dict__, memo)
    for slot in copyreg._slotnames(type(self)):  # type: ignore[attr-defined]
        if hasattr(self, slot):
            setattr(replica, slot, deepcopy(getattr(self, slot), memo))
    return replica


def _refuse_state(self: Any) -> Any:
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(). See:\n"
        "https://pytorch.org/tutorials/beginner/saving_loading_models.html"
        "#saving-loading-a-general-checkpoint-for-inference-and-or-resuming-training"
    )


def _inject_new_class(module: Module) -> None:
    """Give a module a class of its own, which properties can be put on."""
    cls = type(module)
    names: dict[str, Any] = {"__getstate__": _refuse_state}
    if not hasattr(cls, "__deepcopy__"):
        names["__deepcopy__"] = _copied
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), names)


def _inject_property(module: Module, name: str) -> None:
    """Have an attribute computed whenever it is looked at, and its parametrizations' inverses used when it is set."""

    def get(self: Any) -> Any:
        parametrization = self.parametrizations[name]
        if not _Cache.users:
            return parametrization()
        key = (id(module), name)
        if key not in _Cache.found:
            _Cache.found[key] = parametrization()
        return _Cache.found[key]

    def put(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    get_attribute(module, "parametrizations")  # a class of its own has been made for it
    if name.startswith("__"):
        raise AttributeError(f"'{name}' is no name for a parameter")
    setattr(type(module), name, property(get, put))


def register_parametrization(module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False) -> Module:
    """Have a parameter or buffer of a module computed by another module, from what is trained in its place.

    Args:
        module: The module, which is returned.
        tensor_name: Of the parameter or buffer.
        parametrization: Called with the original, or with what an earlier parametrization gave. Its method `right_inverse`, if
            it has one, is used when the tensor is assigned to.
        unsafe: Whether dtype and shape may change, which is not looked at then.

    Raises:
        ValueError: There is no such tensor, or the dtype or shape would change.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_another(module, tensor_name, parametrization)
        found = module.parametrizations[tensor_name]
        found.append(parametrization)
        found.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        made = ParametrizationList([parametrization], get_attribute(module, tensor_name), unsafe)
        delete_attribute(module, tensor_name)
        if not is_parametrized(module):
            _inject_new_class(module)
            module.parametrizations = ModuleDict()
        _inject_property(module, tensor_name)
        module.parametrizations[tensor_name] = made
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name '{tensor_name}'"
        )
    return module


def _check_another(module: Module, name: str, parametrization: Any) -> None:
    """Look that a further parametrization keeps dtype and shape, and so does its inverse."""
    before = get_attribute(module, name)
    after = parametrization(before)
    if not isinstance(after, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(after).__name__}.")
    wanted = before.dtype, before.shape
    _kept(
        after,
        wanted,
        lambda what, was, found: ValueError(
            f"Registering a parametrization may not change the {what} of the tensor, unless the `unsafe` flag is enabled.\n"
            f"module.{name}.{what}: {was}\nparametrization(module.{name}).{what}: {found}"
        ),
    )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(after)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    _kept(
        back,
        wanted,
        lambda what, was, found: ValueError(
            f"The tensor returned by parametrization.right_inverse must have the same {what} as module.{name}, unless the "
            f"`unsafe` flag is enabled.\nmodule.{name}.{what}: {was}\nreturned {what}: {found}"
        ),
    )


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module has a parametrization, of one tensor or of any."""
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a parametrized tensor a plain one again.

    Args:
        module: The module, which is returned.
        tensor_name: Of the tensor.
        leave_parametrized: Whether it keeps the value that was computed; else it gets back the original's.

    Raises:
        ValueError: It is not parametrized, or is computed from several originals of which none could take its place.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    if parametrizations.is_tensor:
        original = parametrizations.original
        if leave_parametrized:
            with no_grad():
                original.set_(get_attribute(module, tensor_name))
    elif leave_parametrized:
        value = get_attribute(module, tensor_name)
        # What is computed needs a gradient only if it is computed from parameters that do.
        original = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a sequence of "
            "tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    _register(module, tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type[Any]:
    """The class of a module, or what it was before it was parametrized."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(from_module: Module, to_module: Module, tensor_name: str | None = None) -> Module:
    """Put the parametrizations of one module on another, and give it the same originals.

    Args:
        from_module: The one.
        to_module: The other, which is returned.
        tensor_name: Of which tensor; of all if not given.
    """
    if is_parametrized(from_module):
        for name in from_module.parametrizations if tensor_name is None else [tensor_name]:
            source = from_module.parametrizations[name]
            if not hasattr(to_module, name):
                set_attribute(to_module, name, Parameter(get_attribute(from_module, name)))
            for parametrization in source:
                register_parametrization(to_module, name, parametrization)
            target = to_module.parametrizations[name]
            for original in ["original"] if source.is_tensor else [f"original{i}" for i in range(source.ntensors)]:
                set_attribute(target, original, get_attribute(source, original))
    return to_module


def __dir__() -> list[str]:
    return __all__
