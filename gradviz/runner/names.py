"""What the script calls its tensors."""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any, cast

from engine.tensor import Tensor
from gradviz.recording import RecordingBuilder
from gradviz.runner.modules import PublicModule
from gradviz.runner.places import Place, Places
from gradviz.runner.source import Binding, ScriptSource


class _Pending:
    """Tensors just made by an expression whose value is about to get a name."""

    __slots__ = ("found", "lasti", "variables")

    def __init__(
        self, found: list[tuple[weakref.ref[Tensor], int, str]], lasti: int, variables: Mapping[str, Any] | None
    ) -> None:
        self.found = found
        self.lasti = lasti
        self.variables = variables

    def __call__(self, *arguments: Any) -> None:
        """Does nothing, should a tracer take it for its own."""


class Names:
    """Finds the names of tensors and writes them down.

    A tensor's name is what the script assigns it to. Which expression made it is known from where the call stands; what that
    expression is assigned to, from the syntax tree. One expression may run many ops, of which the last makes its value: so a
    name is only written down at the next event, and at the top level of the script only if the variable then holds the tensor.
    """

    def __init__(self, source: ScriptSource, places: Places, builder: RecordingBuilder) -> None:
        self._source = source
        self._places = places
        self._builder = builder
        self._pending: _Pending | None = None
        self._first: dict[int, str] = {}
        self._given: set[tuple[int, str]] = set()
        self._attributes: dict[int, tuple[str, int]] = {}

    def of(self, row: int) -> str:
        """The first name of a tensor's row, as known by now; "" for none."""
        return self._first.get(row) or self._attributes.get(row, ("",))[0]

    def give(self, row: int, name: str, event: int) -> None:
        """Writes a name down."""
        self._first.setdefault(row, name)
        if (row, name) not in self._given:
            self._given.add((row, name))
            self._builder.add("names", row, self._builder.string(name), event)

    def inherit(self, row: int, new: int, event: int) -> None:
        """A tensor begins a new row: it goes by the name it has."""
        if row in self._first:
            self.give(new, self._first[row], event)
        elif row in self._attributes:
            self._attributes[new] = (self._attributes[row][0], event)

    def made(self, place: Place, tensors: Sequence[Tensor], rows: Sequence[int]) -> None:
        """Some tensors were made at a place: as many as the expression there yields, if it yields them."""
        self.settle(place.frame)
        frame = place.frame
        if frame is None:
            return
        binding = self._source.binding(place.span, len(tensors))
        while binding.returned:
            outer = self._places.outwards(frame)
            if outer is None:
                return
            frame = outer
            binding = self._source.binding(self._places.span(frame.f_code, frame.f_lasti), len(tensors))
        if not any(binding.names) or _makes_no_tensor(binding, frame):
            return
        found = [
            (weakref.ref(tensor), row, name)
            for tensor, row, names in zip(tensors, rows, binding.names, strict=True)
            for name in names
        ]
        top = frame.f_code.co_name == "<module>" and not binding.in_turn
        self._pending = _Pending(found, frame.f_lasti, frame.f_globals if top else None)
        if not top and sys.gettrace() is None:
            # A frame can be known again neither by its id, which is soon another's, nor by a weak reference. Holding it would
            # keep its tensors alive. So it carries a mark, where a tracer would leave one.
            frame.f_trace = self._pending

    def settle(self, frame: FrameType | None = None) -> None:
        """Writes down the names that waited for the next event, which happens in ``frame``."""
        if self._pending is None:
            return
        pending, self._pending = self._pending, None
        variables = pending.variables
        again = frame is not None and frame.f_lasti == pending.lasti and cast(object, frame.f_trace) is pending
        if variables is None and frame is not None and again:
            # The same expression goes on, or runs again: the variable tells which.
            variables = frame.f_locals
        for reference, row, name in pending.found:
            event = self._builder.count("events") - 1
            if variables is not None and name.isidentifier():
                tensor = reference()
                if tensor is None or variables.get(name) is not tensor:
                    continue
            if name.startswith("self."):
                # A parameter has a nicer name, known when its module is.
                self._attributes.setdefault(row, (name, event))
            else:
                self.give(row, name, event)

    def finish(self, variables: Mapping[str, Any], row_of: Callable[[Tensor], int]) -> None:
        """Names what is still unnamed after the variables the script ends with.

        Args:
            variables: The script's globals.
            row_of: The row of a tensor, -1 for one that was not recorded.
        """
        self.settle()
        last = self._builder.count("events") - 1
        if last < 0:
            return
        module = _module_class()
        modules = [name for name, value in variables.items() if module is not None and isinstance(value, module)]
        for name, value in variables.items():
            if not name.isidentifier() or name.startswith("__"):
                continue
            prefix = f"{name}." if len(modules) > 1 else ""
            for text, tensor in _parameters(value, prefix, module) if name in modules else _within(name, value):
                row = row_of(tensor)
                if row >= 0 and row not in self._first:
                    self.give(row, text, last)
        for row, (name, event) in self._attributes.items():
            if row not in self._first:
                self.give(row, name, event)


def _module_class() -> type[Any] | None:
    """torch.nn.Module, if the engine's `nn` was ever imported."""
    found = getattr(sys.modules.get("engine.nn"), "Module", None)
    return found if isinstance(found, type) else None


def _parameters(value: Any, prefix: str, module: Any) -> Iterator[tuple[str, Tensor]]:
    """The parameters and buffers of a module by their qualified names, whatever its class has made of the methods."""
    for kind in ("named_parameters", "named_buffers"):
        for name, tensor in getattr(module, kind)(value):
            yield prefix + name, tensor


def _within(name: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """A tensor, or the tensors in a plain container, by the expressions that reach them."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, tuple) and isinstance(fields := getattr(type(value), "_fields", None), tuple):
        for field, item in zip(fields, tuple.__iter__(value), strict=False):
            if isinstance(item, Tensor):
                yield f"{name}.{field}", item
    elif type(value) in (list, tuple):
        for index, item in enumerate(value):
            if isinstance(item, Tensor):
                yield f"{name}[{index}]", item
    elif type(value) is dict:
        for key, item in value.items():
            if isinstance(item, Tensor) and type(key) in (str, int):
                yield f"{name}[{key!r}]", item


def _makes_no_tensor(binding: Binding, frame: FrameType) -> bool:
    """Whether a call is that of a class which is no tensor's: the tensors made within are parts of what it makes."""
    if not binding.is_call:
        return False
    variables = frame.f_globals
    found: Any = variables.get(binding.callee[0])
    for part in binding.callee[1:]:
        if not isinstance(found, (ModuleType, type, PublicModule)):
            return False
        found = inspect.getattr_static(found, part, None)
    return isinstance(found, type) and not issubclass(found, Tensor)
