"""Random programs of views, writes, indices, modes, hooks and backward passes, that run on the engine and on PyTorch alike.

A program is made of genes: for each statement a row of small numbers, which choose its kind, its text (of `program_parts.txt`)
and the tensors it speaks of. Any rows make a program, and smaller numbers make a plainer one, so that Hypothesis can shrink
what it finds.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import cycle

from engine_harness import FOLDER, Program

__all__ = ["GENES", "LARGEST", "MOST", "program", "render"]

GENES = 9
"""How many numbers make a statement."""
LARGEST = 2**10
"""They are below this."""
MOST = 14
"""How many statements a program has at most."""

_FIND = re.compile(r"^### (\w+)\n(.*?)(?=^### |\Z)", re.S | re.M)
_TEXTS = {name: text.strip("\n") for name, text in _FIND.findall((FOLDER / "program_parts.txt").read_text())}
_PARTS = {name: tuple(text.split("\n\n" if name == "blocks" else "\n")) for name, text in _TEXTS.items()}
_MODES = ("", *("" if mode == "-" else mode for mode in _PARTS["modes"]))
_KINDS = (
    *("results", "views", "writes", "results", "views", "writes", "index", "assign", "hooks", "passes", "blocks", "results"),
    *("views", "writes", "index", "assign", "hooks", "passes", "writes", "views", "reshapes"),
)


def _guarded(lines: Sequence[str], otherwise: str | None = None) -> list[str]:
    """Statements whose error is one of the program's results."""
    body = ["try:", *("    " + line for line in lines), "except Exception as error:"]
    body.append("    found.append((type(error).__name__, str(error)))")
    return [*body, f"    {otherwise}"] if otherwise else body


class _Writer:
    """Writes the statements of one program.

    Attributes:
        names: The tensors so far.
        lines: The text so far.
    """

    def __init__(self) -> None:
        self.names = ["x0", "x1", "x2", "x3", "x4"]
        self.lines: list[str] = []

    def add(self, genes: Sequence[int]) -> None:
        """Write a statement."""
        self._genes: Iterator[int] = cycle(genes)
        kind = self._pick(_KINDS)
        mode = self._pick(_MODES)
        if kind == "blocks":
            self._make("", self._pick(_PARTS["blocks"]))
        elif kind == "index":
            pattern = f"{{a}}[{self._pick(_PARTS['indices'])}]" if next(self._genes) % 4 else self._pick(_PARTS["indexed"])
            self._make(mode, "NEW = " + pattern)
        elif kind in ("results", "views"):
            self._make(mode, "NEW = " + self._pick(_PARTS[kind]))
        elif kind == "assign":
            self._do(mode, f"{{a}}[{self._pick(_PARTS['indices'])}] = {self._pick(_PARTS['values'])}")
        else:
            # Only writes are tried in a mode: what becomes of a leaf that is reshaped unseen is nobody's business.
            self._do(mode if kind == "writes" else "", self._pick(_PARTS[kind]))

    def _pick(self, options: Sequence[str]) -> str:
        return options[next(self._genes) % len(options)]

    def _filled(self, mode: str, pattern: str) -> list[str]:
        """A pattern with tensors in it, those made last being chosen more often."""
        last = list(reversed(self.names))
        a, b = (last[g % len(last) if g % 3 else g // 3 % min(4, len(last))] for g in (next(self._genes), next(self._genes)))
        lines = pattern.format(a=a, b=b).replace("NEW", f"x{len(self.names)}").split("\n")
        return [f"with {mode}:", *("    " + line for line in lines)] if mode else lines

    def _make(self, mode: str, pattern: str) -> None:
        new = f"x{len(self.names)}"
        self.lines += _guarded(self._filled(mode, pattern), f"{new} = x0 * 1.0")
        self.names.append(new)

    def _do(self, mode: str, pattern: str) -> None:
        self.lines += _guarded(self._filled(mode, pattern))


def render(genes: Sequence[Sequence[int]], title: str = "random") -> Program:
    """The program of some genes."""
    writer = _Writer()
    for row in genes:
        writer.add(row)
    everything = ", ".join(writer.names)
    # How often PyTorch writes to what it makes of inference tensors is its own affair.
    versions = not any("inference_mode" in line for line in writer.lines)
    body = ["found = []", *_PARTS["start"], *writer.lines, f"versions = {versions}"]
    body += [*_PARTS["look"], f"found += [look(t) for t in [{everything}]]"]
    body += _guarded([f"sum(real(t).sum() for t in [{everything}]).backward()"])
    body += ["found += [grad_of(t) for t in (x0, x2, x3, x4)]", "return found"]
    return Program(title, _TEXTS["helpers"], "\n".join(body))


def program(seed: int) -> Program:
    """The program of a seed."""
    source = random.Random(seed)
    count = source.randint(3, MOST)
    return render([[source.randrange(LARGEST) for _ in range(GENES)] for _ in range(count)], str(seed))
