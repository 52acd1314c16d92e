"""The example scripts that come with GradViz."""

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


def examples() -> list[Example]:
    """All examples, in the order in which they are best read."""
    found = []
    for path in sorted(resource("examples").glob("*.py")):
        with open(path, encoding="utf-8") as file:
            title, *more = (line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), file))
        found.append(Example(path, title, " ".join(more)))
    return found
