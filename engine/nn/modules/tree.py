"""Modules as a tree: walking it, finding in it by name, and changing all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self, cast

from ...api import FUNCTIONS
from ...dtypes import dtype as Dtype
from ...frames import warn
from ...grad_mode import no_grad
from ...size import device as Device
from ...size import memory_format as MemoryFormat
from ...tensor import Tensor
from ..parameter import Parameter
from .attributes import get_attribute, set_attribute
from .names import shown_type

if TYPE_CHECKING:
    from .module import Module

__all__ = ["Tree"]


class Tree:
    """The part of Module that knows those below it."""

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it, with their dotted names."""
        this = cast("Module", self)
        seen: set[Module] = set() if memo is None else memo
        if this in seen:
            return
        if remove_duplicate:
            seen.add(this)
        yield prefix, this
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(seen, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below, with their names."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self,
        get_members_fn: Callable[[Any], Any],
        prefix: str = "",
        recurse: bool = True,
        remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        seen: set[Any] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for start, module in modules:
            for name, value in get_members_fn(module):
                if value is None or value in seen:
                    continue
                if remove_duplicate:
                    seen.add(value)
                yield f"{start}.{name}" if start else name, value

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names."""
        yield from self._named_members(lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """All buffers with their dotted names."""
        yield from self._named_members(lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    # -- by dotted name

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name.

        Raises:
            AttributeError: There is none.
        """
        found: Any = self
        for name in target.split(".") if target else []:
            found = _attribute(found, name)
            if not isinstance(found, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module where a dotted name says.

        Args:
            target: The name.
            module: The module.
            strict: Whether there must be one already.

        Raises:
            AttributeError: The name leads nowhere, or to what is no module.
            ValueError: The name is empty, or it is no module.
        """
        if target == "":
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Tree):
            raise ValueError(f"`module` is not an nn.Module, found {shown_type(type(module))}")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            found = _attribute(parent, name)
            if not isinstance(found, Tree):
                raise AttributeError(f"`{name}` is not an nn.Module")
        set_attribute(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises:
            AttributeError: There is none.
        """
        path, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{name}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name.

        Raises:
            AttributeError: There is none.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found: Tensor = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    # -- all at once

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call a function on every module below and on this one."""
        for module in self.children():
            module.apply(fn)
        fn(cast("Module", self))
        return self

    def train(self, mode: bool = True) -> Self:
        """Set training mode, here and below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Leave training mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set requires_grad of all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop, or zero, all gradients."""
        for parameter in self.parameters():
            held = parameter._grad
            if held is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    if held.grad_fn is not None:
                        held.detach_()
                    else:
                        held.requires_grad_(False)
                    held.zero_()

    # -- conversions

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Put what a function makes of them in place of all parameters, their gradients and all buffers."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with no_grad():
                converted = fn(parameter)
                grad = parameter._grad
                converted_grad = None if grad is None else fn(grad)
            parameter.data = converted
            if grad is not None:
                grad.data = converted_grad
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert parameters and buffers of floating point or complex dtype.

        Takes `(device, dtype, non_blocking)`, `(dtype, non_blocking)` or `(tensor, non_blocking)`, and `memory_format`.

        Raises:
            TypeError: The dtype is an integer one.
        """
        wanted = _wanted_dtype(args, kwargs)
        if wanted is not None:
            if not (wanted.is_floating_point or wanted.is_complex):
                raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={wanted!r}")
            if wanted.is_complex:
                warn(
                    "Complex modules are a new feature under active development whose design may change, and some modules might not work "
                    "as expected when using complex tensors as parameters or buffers. Please file an issue at "
                    "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module does not work as expected.",
                    UserWarning,
                )
        return self._apply(
            lambda t: t.to(wanted) if wanted is not None and (t.is_floating_point() or t.is_complex()) else t.to("cpu")
        )

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Put uninitialised memory in place of all parameters and buffers."""
        return self._apply(lambda t: FUNCTIONS["empty_like"](t, device=device), recurse=recurse)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self) -> Self:
        """Convert what is of floating point to float32."""
        return self._apply(lambda t: t.float() if t.is_floating_point() else t)

    def double(self) -> Self:
        """Convert what is of floating point to float64."""
        return self._apply(lambda t: t.double() if t.is_floating_point() else t)

    def half(self) -> Self:
        """Convert what is of floating point to float16."""
        return self._apply(lambda t: t.half() if t.is_floating_point() else t)

    def cpu(self) -> Self:
        """The module itself."""
        return self._apply(lambda t: t.cpu())

    def share_memory(self) -> Self:
        """The module itself: other processes are not served."""
        return self


def _attribute(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
    return get_attribute(module, name)


def _wanted_dtype(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Dtype | None:
    """The dtype arguments of `to` name; that of a tensor, if one is given.

    Raises:
        TypeError: They are no arguments of `to`.
    """
    wanted: Dtype | None = None
    for argument in (*args, *kwargs.values()):
        if isinstance(argument, Dtype):
            wanted = argument
        elif isinstance(argument, Tensor):
            wanted = argument.dtype
        elif isinstance(argument, (str, Device)):
            Device(argument)
        elif not (argument is None or isinstance(argument, (bool, MemoryFormat))):
            raise TypeError(f"to() received an invalid combination of arguments - got ({argument.__class__.__name__})")
    return wanted
