"""How expressions are written: as a person would, with the parentheses that are needed and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from gradviz.script.catalogue import SLOT, Entry
from gradviz.script.changes import EditRefused

_HOLE = "_hole_"


def placed(before: str, inner: str, after: str) -> str:
    """An expression as it must be written between two pieces of text: with parentheses where it would come apart otherwise.

    Args:
        before: The text that leads up to it, from where a larger expression begins.
        inner: The expression.
        after: The text behind it, to where the larger expression ends.
    """
    try:
        wanted = _filled(f"({before}{_HOLE}{after}\n)", inner)
        plain = ast.dump(ast.parse(f"({before}{inner}{after}\n)", mode="eval"))
    except SyntaxError:
        return f"({inner})"
    bracketed = sum(map(before.count, "([{")) > sum(map(before.count, ")]}"))
    alone = not bracketed and (isinstance(_parse(inner), (ast.Tuple, ast.NamedExpr)) or _breaks(inner))
    return inner if plain == wanted and not (alone and not inner.startswith("(")) else f"({inner})"


def _parse(text: str) -> ast.expr:
    return ast.parse(f"({text}\n)", mode="eval").body


def _breaks(text: str) -> bool:
    """Whether a text goes on over lines only inside parentheses."""
    if "\n" not in text and "\r" not in text:
        return False
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return True
    return False


class _Filler(ast.NodeTransformer):
    def __init__(self, inner: ast.expr) -> None:
        self._inner = inner

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._inner if node.id == _HOLE else node


def _filled(text: str, inner: str) -> str:
    tree = ast.parse(text, mode="eval")
    return ast.dump(_Filler(_parse(inner)).visit(tree))


def expression(entry: Entry, inputs: Sequence[str], options: Mapping[str, str], modules: Mapping[str, str]) -> str:
    """An op as a person would write it.

    Args:
        entry: The op.
        inputs: Its tensors, as written; missing ones are filled with the number that may stand for them.
        options: What else it is given, by parameter.
        modules: What the script calls `torch` and `F`.

    Raises:
        EditRefused: An input is missing, there are too many, or an option is none of its parameters.
    """
    if len(inputs) > entry.most_inputs:
        raise EditRefused(f"{entry.name} takes {entry.most_inputs} tensors, not {len(inputs)}.")
    known = {p.name for p in entry.parameters} | entry.options.keys()
    if unknown := [name for name in options if name not in known]:
        raise EditRefused(f"{entry.name} has no parameter {unknown[0]}: it is called as {entry.signature}.")
    writing = entry.writing
    rest = {name: value for name, value in options.items() if name not in entry.options}
    if rest and not writing.endswith(")"):
        writing = _as_call(entry)
    return _with_keywords(_written(entry, writing, inputs, options, modules), rest)


def _as_call(entry: Entry) -> str:
    """The template of the function that an operator stands for."""
    slots = ", ".join(slot[0] for slot in entry.slots)
    return f"{entry.path}({slots})"


def _with_keywords(text: str, keywords: Mapping[str, str]) -> str:
    if not keywords:
        return text
    added = ", ".join(f"{name}={value}" for name, value in keywords.items())
    return f"{text[:-1]}{'' if text.endswith('()') else ', '}{added})"


def _written(entry: Entry, writing: str, inputs: Sequence[str], options: Mapping[str, str], modules: Mapping[str, str]) -> str:
    """A template with everything in its place."""

    def fill(slot: re.Match[str]) -> str:
        name = slot["name"]
        if name == "*":
            return ", ".join(f"_in{i}_" for i in range(len(inputs)))
        return f"_in{name}_" if name.isdigit() else options.get(name, slot["fill"] or "")

    text = re.sub(r",? ?\{(\d+)\?\}", lambda found: f", {{{found[1]}}}" if int(found[1]) < len(inputs) else "", writing)
    text = SLOT.sub(fill, _module(text, modules))
    done = ""
    while found := re.search(r"_in(\d+)_", text):
        number = int(found[1])
        value = inputs[number] if number < len(inputs) else entry.fills.get(number)
        if value is None:
            needed = "a tensor" if entry.inputs == 1 else f"{entry.inputs} tensors"
            raise EditRefused(f"{entry.name} needs {needed}: {entry.signature}.")
        done += text[: found.start()]
        text = text[found.end() :]
        done += placed(done, value, text)
    return done + text


def _module(text: str, modules: Mapping[str, str]) -> str:
    return re.sub(r"\b(torch|F)(?=\.)", lambda found: modules.get(found[1], found[1]), text)


def checked(text: str, line: int = 0) -> str:
    """A typed expression, the blanks round it taken off.

    Raises:
        EditRefused: It is none.
    """
    text = text.strip()
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise EditRefused(f"“{text}” is no Python expression." if text else "Type a value.", line) from None
    return text
