"""Adding ops."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gradviz.script.catalogue import entry
from gradviz.script.changes import Edited, EditRefused, Place
from gradviz.script.edits.done import shortened
from gradviz.script.edits.work import Work
from gradviz.script.effects import is_random
from gradviz.script.flow import Definition, Flow
from gradviz.script.insertion import anchor, insert_after, module_names, with_imports
from gradviz.script.naming import check_new, pick
from gradviz.script.writing import checked, expression


@dataclass(frozen=True)
class AddOp:
    """A new op and the variable that holds its result: `y = x + 2`.

    Attributes:
        op: Its name in the catalogue: "add", "mse_loss", "view".
        inputs: Its tensors in order: places of nodes, or text as typed ("2"). Missing ones are filled with the number that may
            stand for them (`x + 2`), where there is one.
        options: Its other arguments as typed, by parameter: {"dim": "0"}.
        name: The variable, "" to pick one.
    """

    op: str
    inputs: Sequence[Place | str] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    name: str = ""

    def apply(self, text: str) -> Edited:
        """Adds it behind its inputs, with the forward computation. A node within a larger expression gets a variable first.

        Raises:
            EditRefused: There is no such op, an input is missing or cannot be used there, or the name is taken.
        """
        op = entry(self.op)
        if op is None:
            raise EditRefused(f"There is no op “{self.op}”.")
        work = Work(text)
        if self.name:
            check_new(work.program, self.name)
        names = self._names(work)
        program = work.program
        options = {name: checked(value) for name, value in self.options.items()}
        written = [names[i] if isinstance(one, Place) else checked(one) for i, one in enumerate(self.inputs)]
        code = expression(op, written, options, module_names(program))
        kind = "loss" if op.category == "Loss" else "result" if op.category == "Reduce" and not options else "tensor"
        name = self.name or pick(program, kind)
        flow = Flow.of(program)
        needed = self._needed(work, flow, names)
        where = anchor(program, needed, [one.name for one in needed], random=is_random(ast.parse(code, mode="eval")))
        work.apply(with_imports(program, insert_after(program, where, [f"{name} = {code}"]), code))
        return work.done(f"Add {shortened(f'{name} = {code}')}", select=[name])

    def _names(self, work: Work) -> dict[int, str]:
        """By input, the variable that holds it; those within others first."""
        places = [(i, one) for i, one in enumerate(self.inputs) if isinstance(one, Place)]
        known: dict[Place, str] = {}
        for _, place in sorted(places, key=lambda row: _width(work, row[1])):
            if place not in known:
                known[place] = work.variable(place).name
        return {i: known[place] for i, place in places}

    def _needed(self, work: Work, flow: Flow, names: Mapping[int, str]) -> list[Definition]:
        found = []
        for i, one in enumerate(self.inputs):
            if isinstance(one, Place):
                found.append(work.variable(Place(None, names[i])) if i not in names else _meant(work, flow, one, names[i]))
        for one in self.inputs:
            if isinstance(one, str):
                typed = {node.id for node in ast.walk(ast.parse(one.strip(), mode="eval")) if isinstance(node, ast.Name)}
                found += [flow.named(name)[-1] for name in typed if flow.named(name)]
        return found


def _width(work: Work, place: Place) -> int:
    node = work.begun.at(place.span) if place.span else None
    return 0 if node is None else work.begun.extent(node)[1] - work.begun.extent(node)[0]


def _meant(work: Work, flow: Flow, place: Place, name: str) -> Definition:
    """The definition that holds a node, by now in a variable."""
    definitions = flow.named(name)
    moved = work.place(place).span
    if moved is not None and len(definitions) > 1:
        node = work.program.at(moved)
        for one in definitions:
            if node is not None and work.program.statement(node) is one.statement:
                return one
    return definitions[-1]
