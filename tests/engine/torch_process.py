"""PyTorch in a process of its own, for it crashes on some programs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from engine_harness import FOLDER, Program

__all__ = ["UNLIKE", "Worker"]

UNLIKE = (
    *(
        "is out of bounds for dimension",
        "Number of elements of source",
        "index out of range",
    ),  # after writing a part
    *(
        "setStorage",
        "INTERNAL ASSERT",
        "must have a last dimension with stride 1",
        "Could this error message be improved",
    ),  # PyTorch's own faults
)
"""Words of PyTorch's errors after which the rest of a program is not compared."""


class Worker:
    """A process with PyTorch in it, started again when it has crashed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def run(self, program: Program) -> dict[str, Any] | None:
        """What PyTorch makes of a program; None if it crashes."""
        process = self._process
        if process is None:
            command = [sys.executable, "-W", "ignore", str(FOLDER / "torch_worker.py")]
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=FOLDER.parents[1],
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "PyTorch does not start"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([program.title, program.preamble, program.code]) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self.stop()
            return None
        found: dict[str, Any] = json.loads(line)
        return found

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
