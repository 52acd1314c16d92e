"""What the script calls its tensors."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any, cast

from engine.tensor import Tensor
from gradviz.recording import RecordingBuilder
from gradviz.runner.modules import PublicModule
from gradviz.runner.places import Place, Places, Spot
from gradviz.runner.rows import Seen
from gradviz.runner.source import Binding, ScriptSource


class _Pending:
    """A tensor just made by an expression whose value is about to get a name.

    Attributes:
        made: What is known of the tensor, which tells it from any other.
        row: Its row.
        names: What it is assigned to, as written.
        lasti: The instruction that makes it.
        variables: The variables that tell whether it was assigned; None where only the frame knows them.
        next: Another one made by the same expression, None for no more.
    """

    __slots__ = ("lasti", "made", "names", "next", "row", "variables")

    def __init__(
        self,
        made: Seen,
        names: tuple[str, ...],
        lasti: int,
        variables: Mapping[str, Any] | None,
        following: _Pending | None = None,
    ) -> None:
        self.made = made
        self.row = made.row
        self.names = names
        self.lasti = lasti
        self.variables = variables
        self.next = following

    def __call__(self, *arguments: Any) -> None:
        """Does nothing, should a tracer take it for its own."""


class Names:
    """Finds the names of tensors and writes them down.

    A tensor's name is what the script assigns it to. Which expression made it is known from where the call stands; what that
    expression is assigned to, from the syntax tree. One expression may run many ops, of which the last makes its value: so a
    name is only written down at the next event, and at the top level of the script only if the variable then holds the tensor.

    Attributes:
        pending: The tensors just made that are about to get a name; None for none.
    """

    def __init__(self, source: ScriptSource, places: Places, builder: RecordingBuilder) -> None:
        self._source = source
        self._places = places
        self._builder = builder
        self._table = builder.tables["names"]
        self._events = builder.tables["events"]
        self.pending: _Pending | None = None
        self._first: dict[int, str] = {}
        self._given: set[tuple[int, str]] = set()
        self._attributes: dict[int, tuple[str, int]] = {}

    def of(self, row: int) -> str:
        """The first name of a tensor's row, as known by now; "" for none."""
        return self._first.get(row) or self._attributes.get(row, ("",))[0]

    def give(self, row: int, name: str, event: int) -> None:
        """Writes a name down."""
        first = self._first.get(row)
        if first is None:
            self._first[row] = name
        elif first == name or (row, name) in self._given:
            return
        else:
            self._given.add((row, name))
        self._table.add(row, self._builder.string(name), event)

    def inherit(self, row: int, new: int, event: int) -> None:
        """A tensor begins a new row: it goes by the name it has."""
        if row in self._first:
            self.give(new, self._first[row], event)
        elif row in self._attributes:
            self._attributes[new] = (self._attributes[row][0], event)

    def made(self, place: Place, made: Sequence[Seen]) -> None:
        """Some tensors were made at a place: as many as the expression there yields, if it yields them."""
        self.settle(place.frame)
        frame = place.frame
        if frame is None:
            return
        binding = self._source.binding(place.span, len(made))
        while binding.returned:
            outer = self._places.outwards(frame)
            if outer is None:
                return
            frame = outer
            binding = self._source.binding(self._places.span(frame.f_code, frame.f_lasti), len(made))
        if not any(binding.names) or _makes_no_tensor(binding, frame):
            return
        pending: _Pending | None = None
        variables = self._variables(frame, binding)
        for one, names in reversed(list(zip(made, binding.names, strict=True))):
            if names:
                pending = _Pending(one, names, frame.f_lasti, variables, pending)
        self._await(pending, frame)

    def made_one(self, spot: Spot, frame: FrameType, made: Seen) -> None:
        """The same for one tensor, made at a spot; what was made before has its names."""
        binding = spot.binding
        if binding is None:
            binding = spot.binding = self._source.binding(spot.span, 1)
        if binding.returned:
            self.made(Place(spot.span, spot.stack, frame), (made,))
            return
        names = binding.names[0] if binding.names else ()
        if not names or (binding.is_call and self._makes_part(spot, binding, frame)):
            return
        self._await(_Pending(made, names, frame.f_lasti, self._variables(frame, binding)), frame)

    @staticmethod
    def _makes_part(spot: Spot, binding: Binding, frame: FrameType) -> bool:
        """Whether what is made at a spot is part of what is made; asked of the same callee only once."""
        first = frame.f_globals.get(binding.callee[0])
        if not isinstance(first, (ModuleType, type, PublicModule)):
            return False
        if first is not spot.callee:
            spot.callee = first
            spot.makes_part = _makes_no_tensor(binding, frame)
        return spot.makes_part

    @staticmethod
    def _variables(frame: FrameType, binding: Binding) -> Mapping[str, Any] | None:
        """The variables that tell at the next event what was assigned; None for those of a function."""
        return frame.f_globals if frame.f_code.co_name == "<module>" and not binding.in_turn else None

    def _await(self, pending: _Pending | None, frame: FrameType) -> None:
        """Lets tensors wait for the next event to get their names."""
        self.pending = pending
        if pending is not None and pending.variables is None and sys.gettrace() is None:
            # A frame can be known again neither by its id, which is soon another's, nor by a weak reference. Holding it would
            # keep its tensors alive. So it carries a mark, where a tracer would leave one.
            frame.f_trace = pending

    def settle(self, frame: FrameType | None = None) -> None:
        """Writes down the names that waited for the next event, which happens in ``frame``."""
        pending = self.pending
        if pending is None:
            return
        self.pending = None
        variables = pending.variables
        if (
            variables is None
            and frame is not None
            and frame.f_lasti == pending.lasti
            and cast(object, frame.f_trace) is pending
        ):
            # The same expression goes on, or runs again: the variable tells which.
            variables = frame.f_locals
        event = self._events.count - 1
        while pending is not None:
            row = pending.row
            for name in pending.names:
                if variables is not None and name.isidentifier():
                    value = variables.get(name)
                    if not isinstance(value, Tensor) or getattr(value, "_observed", None) is not pending.made:
                        continue
                if name.startswith("self."):
                    # A parameter has a nicer name, known when its module is.
                    self._attributes.setdefault(row, (name, event))
                else:
                    self.give(row, name, event)
            pending = pending.next

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
