"""How ops of the engine differ from PyTorch's. Needs torch.

    python -m tests.oracle.compare add nn.functional.conv2d      each difference of these ops, with an example
    python -m tests.oracle.compare --all                         one line for each op of PyTorch's list that differs
    python -m tests.oracle.compare --missing                     what the engine does not have

A name stands for its variants too (`norm` for `norm:fro`), and may hold `*`.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

import torch

import engine

from .opinfo import WEIGHTED_DTYPES, cases_of, counterpart, named_ops, public_name
from .outcomes import Case, Difference, compare, run


def differences_of(case: Case) -> list[Difference]:
    """Try a case on both sides."""
    return compare(run(case, engine), run(case, torch), case.precise)


def matching(names: Iterable[str]) -> list[str]:
    """The ops that names or patterns stand for.

    Raises:
        SystemExit: One stands for none.
    """
    found: dict[str, None] = {}
    for wanted in names:
        hits = [n for n in named_ops() if fnmatch.fnmatch(n, wanted) or n.partition(":")[0] == wanted]
        if not hits:
            near = ", ".join(n for n in named_ops() if wanted.rpartition(".")[2] in n)
            raise SystemExit(f"PyTorch's list has no op {wanted!r}; it has: {near}")
        found.update(dict.fromkeys(hits))
    return list(found)


def missing_names() -> list[str]:
    """The ops of PyTorch's list that the engine has under no such name."""
    found = []
    for name, info in named_ops().items():
        path = public_name(info.op)
        places = [path] if path else [f"torch.{info.name}", f"torch.Tensor.{info.name}", f"torch.Tensor.{info.name}_"]
        if all(counterpart(place) is None for place in places):
            found.append(name)
    return found


def report(name: str, most: int, dtypes: Iterable[str], kinds: set[str] | None, examples: int) -> tuple[int, int, list[str]]:
    """Compare an op: how many cases there were, how many differ, and the differences in words."""
    count = differing = 0
    found: dict[tuple[str, str], list[tuple[Case, Difference]]] = defaultdict(list)
    for case in cases_of(name, most, dtypes):
        count += 1
        differences = [d for d in differences_of(case) if kinds is None or d.kind in kinds]
        differing += bool(differences)
        for d in differences:
            found[d.kind, case.form].append((case, d))
    lines = []
    for (kind, form), hits in sorted(found.items()):
        dtypes_hit = ", ".join(dict.fromkeys(case.dtype for case, _ in hits if case.dtype))
        lines.append(f"  {kind}{'' if form == 'function' else f' [{form}]'}: {len(hits)}x {dtypes_hit}")
        shown: set[tuple[str, str]] = set()
        for case, d in hits:
            if (d.expected, d.got) in shown or len(shown) >= examples:
                continue
            shown.add((d.expected, d.got))
            lines += [f"      {case}", f"        torch:  {d.expected}", f"        engine: {d.got}"]
    return count, differing, lines


def _main(argv: list[str]) -> Iterator[str]:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.compare", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="ops of PyTorch's op_db")
    parser.add_argument("--all", action="store_true", help="every op the engine has")
    parser.add_argument("--missing", action="store_true", help="list what the engine does not have")
    parser.add_argument("--most", type=int, default=10, help="samples of a dtype (default 10)")
    parser.add_argument("--dtypes", default=",".join(WEIGHTED_DTYPES), help="which, with commas")
    parser.add_argument("--kinds", help="only differences of these kinds, with commas: value,graph,error,...")
    parser.add_argument("--examples", type=int, default=2, help="examples of a kind of difference (default 2)")
    options = parser.parse_args(argv)
    if options.missing:
        yield from missing_names()
        return
    absent = set(missing_names())
    names = [n for n in named_ops() if n not in absent] if options.all else matching(options.names)
    kinds = set(options.kinds.split(",")) if options.kinds else None
    total = differ = same = 0
    started = time.perf_counter()
    for name in names:
        if name in absent:
            yield f"{name}: missing"
            continue
        count, differing, lines = report(name, options.most, options.dtypes.split(","), kinds, options.examples)
        total, differ, same = total + count, differ + differing, same + (not differing)
        if options.all and differing:
            brief = "; ".join(line.strip() for line in lines if not line.startswith("   "))
            yield f"{name}: {differing} of {count} differ: {brief}"
        elif not options.all:
            yield f"{name}: {differing} of {count} differ" if differing else f"{name}: {count} cases agree"
            yield from lines
    yield f"{same} of {len(names)} ops agree; {differ} of {total} cases differ ({time.perf_counter() - started:.0f} s)"


if __name__ == "__main__":
    torch.set_num_threads(1)
    for line in _main(sys.argv[1:]):
        print(line, flush=True)
