"""What needs torch is looked at only when it is asked for: `-m oracle`."""

from __future__ import annotations

from pathlib import Path

import pytest

_NEED_TORCH = {"test_autograd_functions.py", "test_modules.py", "test_ops.py", "test_optimizers.py", "test_scripts.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    wanted = config.getoption("markexpr") == "oracle"
    return True if collection_path.name in _NEED_TORCH and not wanted else None
