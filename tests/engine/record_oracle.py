"""Run every program of `programs/` under PyTorch 2.13 and keep what came of it under `data/`.

    python tests/engine/record_oracle.py [NAME ...]

The random programs (`random_programs`) are recorded for the first seeds only.

Run it with a Python that has torch 2.13.0 and numpy; no test imports it.
"""

from __future__ import annotations

import copy
import json
import sys
import warnings
from typing import Any

import numpy as np
import torch
from engine_harness import FOLDER, outcome, programs
from random_programs import program
from torch_process import UNLIKE, Worker

RECORDED = 300
"""How many random programs are kept."""


def prepare() -> None:
    """Make PyTorch behave the same from run to run."""
    torch.set_num_threads(1)
    # The first dual tensor has PyTorch warn of its own use of torch.jit.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.func.jvp(torch.sin, (torch.ones(()),), (torch.ones(()),))
    # Else what PyTorch warns of once per process would depend on which program comes first.
    torch.set_warn_always(True)


def random_outcomes() -> dict[str, Any]:
    """What comes of the random programs, those left out on which PyTorch crashes or does what nobody should imitate."""
    worker = Worker()
    made = {str(seed): worker.run(program(seed)) for seed in range(RECORDED)}
    worker.stop()
    return {title: found for title, found in made.items() if found and not any(word in str(found) for word in UNLIKE)}


def main() -> None:
    prepare()
    modules = {"torch": torch, "np": np, "copy": copy, "nn": torch.nn, "F": torch.nn.functional}
    names = sys.argv[1:] or sorted([*(p.stem for p in (FOLDER / "programs").glob("*.txt")), "random_programs"])
    for name in names:
        found = random_outcomes() if name == "random_programs" else {p.title: outcome(p, modules) for p in programs(name)}
        lines = [f"{json.dumps(title)}: {json.dumps(result, ensure_ascii=False)}" for title, result in found.items()]
        (FOLDER / "data" / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{name}: {len(found)} programs")


if __name__ == "__main__":
    main()
