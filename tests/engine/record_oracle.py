"""Run every program of `programs/` under PyTorch 2.13 and keep what came of it under `data/`.

    python tests/engine/record_oracle.py [NAME ...]

Run it with a Python that has torch 2.13.0 and numpy; no test imports it.
"""

from __future__ import annotations

import copy
import json
import sys

import numpy as np
import torch
from engine_harness import FOLDER, outcome, programs


def main() -> None:
    torch.set_num_threads(1)
    modules = {"torch": torch, "np": np, "copy": copy, "nn": torch.nn, "F": torch.nn.functional}
    names = sys.argv[1:] or sorted(p.stem for p in (FOLDER / "programs").glob("*.txt"))
    for name in names:
        found = {program.title: outcome(program, modules) for program in programs(name)}
        lines = [f"{json.dumps(title)}: {json.dumps(result, ensure_ascii=False)}" for title, result in found.items()]
        (FOLDER / "data" / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
        print(f"{name}: {len(found)} programs")


if __name__ == "__main__":
    main()
