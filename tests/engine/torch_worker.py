"""Runs programs under the real PyTorch: reads each as a line of JSON, and writes a line with what came of it.

It is a process of its own, for PyTorch crashes on some programs. See `torch_process.py`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import torch
from engine_harness import Program, outcome
from record_oracle import prepare

MODULES: dict[str, Any] = {"torch": torch, "np": np, "nn": torch.nn, "F": torch.nn.functional}


def main() -> None:
    prepare()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(outcome(Program(*json.loads(line)), MODULES)), flush=True)


if __name__ == "__main__":
    main()
