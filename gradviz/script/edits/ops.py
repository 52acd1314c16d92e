"""Adding ops."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gradviz.script.catalogue import entry
from gradviz.script.changes import Edited, EditRefused, Place
from gradviz.script.edits.done import shortened
from gradviz.script.edits.values import check_known
from gradviz.script.edits.work import Variable, Work
from gradviz.script.effects import is_random
from gradviz.script.flow import Definition, Flow
from gradviz.script.insertion import anchor, insert_after, module_names, with_imports
from gradviz.script.naming import check_new, pick
from gradviz.script.program import Program
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
        with Work(text) as work:
            return self._steps(work)

    def _steps(self, work: Work) -> Edited:
        op = entry(self.op)
        if op is None:
            raise EditRefused(f"There is no op “{self.op}”.")
        if self.name:
            check_new(work.program, self.name)
        variables = self._variables(work)
        program = work.program
        options = {name: checked(value) for name, value in self.options.items()}
        written = [variables[one].name if isinstance(one, Place) else checked(one) for one in self.inputs]
        code = expression(op, written, options, module_names(program))
        kind = "loss" if op.category == "Loss" else "result" if op.category == "Reduce" and not options else "tensor"
        name = self.name or pick(program, kind)
        needed = [work.definition(one) for one in variables.values()]
        needed += [one for text in self.inputs if isinstance(text, str) for one in self._typed(program, text)]
        where = anchor(program, needed, [one.name for one in needed], random=is_random(ast.parse(code, mode="eval")))
        work.apply(with_imports(program, insert_after(program, where, [f"{name} = {code}"]), code))
        return work.done(f"Add {shortened(f'{name} = {code}')}", select=[name])

    def _variables(self, work: Work) -> dict[Place, Variable]:
        """By input, the variable that holds it. What stands within another one is given its variable first."""
        places = {one: _width(work, one) for one in self.inputs if isinstance(one, Place)}
        return {place: work.variable(place) for place in sorted(places, key=lambda one: places[one])}

    @staticmethod
    def _typed(program: Program, text: str) -> list[Definition]:
        """The definitions of what a typed input reads.

        Raises:
            EditRefused: It reads what does not exist.
        """
        check_known(program, text.strip(), 0)
        names = {node.id for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Name)}
        return [found[-1] for name in sorted(names) if (found := Flow.of(program).named(name))]


def _width(work: Work, place: Place) -> int:
    node = work.begun.at(place.span) if place.span else None
    if node is None:
        return 0
    start, end = work.begun.extent(node)
    return end - start
