"""The list of differences in `docs/differences.md`, and the recorded sample. Needs torch.

    python -m tests.oracle.differences                  run every op's cases and write both anew
    python -m tests.oracle.differences add sort         run these ops' cases and bring their lines in the list up to date

For each op the list names the kinds of differences that its cases show; the suite fails on one that is not listed, and on one
that is listed but shows no more. The sample holds some of the cases on which both sides agree, to be tried without PyTorch.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

import engine

from .compare import matching, missing_names
from .opinfo import cases_of, named_ops
from .outcomes import Case, Outcome, compare, run
from .recorded import written

ROOT = Path(__file__).parents[2]
LIST = ROOT / "docs" / "differences.md"
SAMPLE = ROOT / "tests" / "data" / "oracle_sample.jsonl"

MOST = 2
DTYPES = ("float32", "float64", "complex128", "int64", "bool")
_BEGIN = "<!-- The rest is written by `python -m tests.oracle.differences`. -->\n"
_LONGEST = 1300
_EACH = 2


def tried(name: str) -> Iterator[tuple[Case, Outcome, set[str]]]:
    """The cases of an op, what PyTorch makes of them, and in which ways the engine differs."""
    # Else numbers would depend on the machine, and warnings on which op comes first.
    torch.set_num_threads(1)
    torch.set_warn_always(True)
    for case in cases_of(name, MOST, DTYPES):
        expected = run(case, torch)
        yield case, expected, {d.kind for d in compare(run(case, engine), expected, case.precise)}


def listed() -> dict[str, set[str]]:
    """The kinds of differences that are listed for each op."""
    found = re.findall(r"^- `([^`]+)`: (.+)$", LIST.read_text().partition(_BEGIN)[2], flags=re.M)
    return {name: set(kinds.split(", ")) for name, kinds in found}


def _found(name: str) -> tuple[str, set[str], list[str]]:
    """Of an op: its name, the kinds of its differences, and some of the cases on which both sides agree."""
    kinds: set[str] = set()
    chosen: dict[str, str] = {}
    for case, expected, differ in tried(name):
        kinds |= differ
        key = f"{case.form} {case.layout != 'as given'}"
        if not differ and case.function is None and case.process is None and key not in chosen and case.precise:
            line = written(case, expected)
            if len(line) < _LONGEST and not expected.error:
                chosen[key] = line
    return name, kinds, list(chosen.values())[:_EACH]


def main() -> None:
    absent = set(missing_names())
    every = [n for n in named_ops() if n not in absent]
    names = matching(sys.argv[1:]) or every
    found = listed()
    sample = []
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for name, kinds, chosen in pool.imap(_found, names):
            found[name] = kinds
            sample += chosen
            print(name, *sorted(kinds), file=sys.stderr, flush=True)
    lines = [f"- `{name}`: {', '.join(sorted(found[name]))}" for name in every if found.get(name)]
    head = LIST.read_text().partition(_BEGIN)[0] if LIST.exists() else ""
    LIST.write_text(head + _BEGIN + "\n" + "\n".join(lines) + "\n")
    if names == every:
        SAMPLE.write_text("\n".join(sample) + "\n")


if __name__ == "__main__":
    main()
