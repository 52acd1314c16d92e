"""The example scripts that come with GradViz."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradviz.resource_files import resource


@dataclass(frozen=True, slots=True)
class Example:
    """An example: its first comment line is its title, the second says what it shows."""

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
            title, description = (file.readline().removeprefix("#").strip() for _ in range(2))
        found.append(Example(path, title, description))
    return found
