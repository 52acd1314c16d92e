"""The scripts that come with GradViz: examples to be read, and templates to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from gradviz.resource_files import resource


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its first comment line is its title, those after it say what it shows."""

    path: Path
    title: str
    description: str

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def body(self) -> str:
        """The text without the comment that describes it: what a script made from it begins with."""
        return self.text.partition("\n\n")[2]


def examples() -> list[Example]:
    """All examples, in the order in which they are best read."""
    return _scripts("examples")


def templates() -> list[Example]:
    """What a new script may begin with, the emptiest first."""
    return _scripts("templates")


def _scripts(folder: str) -> list[Example]:
    found = []
    for path in sorted(resource(folder).glob("*.py")):
        with open(path, encoding="utf-8") as file:
            title, *more = (line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), file))
        found.append(Example(path, title, " ".join(more)))
    return found
