"""Write the list of PyTorch's names, by which the engine tells what it lacks from what nobody has.

    python -m tests.oracle.names

Needs torch.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT = Path(__file__).parents[2]
LISTED = ROOT / "engine" / "missing" / "names.txt"

MODULES: Final = (
    *("torch", "torch.Tensor", "torch.autograd", "torch.autograd.forward_ad", "torch.autograd.function"),
    *("torch.autograd.functional", "torch.autograd.grad_mode", "torch.autograd.graph"),
    *("torch.autograd.profiler", "torch.cuda", "torch.distributions", "torch.fft", "torch.func", "torch.linalg", "torch.nn"),
    *("torch.nn.functional", "torch.nn.init", "torch.nn.modules", "torch.nn.parameter", "torch.nn.utils"),
    *("torch.nn.utils.parametrizations", "torch.nn.utils.parametrize", "torch.nn.utils.rnn", "torch.optim"),
    *("torch.optim.lr_scheduler", "torch.optim.swa_utils", "torch.random", "torch.special", "torch.testing", "torch.utils"),
    *("torch.utils.checkpoint", "torch.utils.data", "torch.utils.hooks"),
)


def _belongs(value: Any) -> bool:
    """Whether something that a module shows is PyTorch's, not another library's."""
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return not isinstance(home, str) or home.partition(".")[0] in ("torch", "functorch", "builtins")


def names(path: str) -> list[str]:
    """The public names of a module, or of torch.Tensor."""
    import torch

    found: Any = torch.Tensor if path == "torch.Tensor" else importlib.import_module(path)
    listed = {*dir(found), *getattr(found, "__all__", ())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(n for n in listed if not n.startswith("_") and n != "TYPE_CHECKING" and _belongs(getattr(found, n, None)))


def main() -> None:
    """Write the list."""
    lines = ["# PyTorch 2.13's public names; written by `python -m tests.oracle.names`."]
    for path in MODULES:
        lines += ["", f"[{path}]", *names(path)]
    LISTED.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
