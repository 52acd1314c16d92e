"""Which of PyTorch's public names the engine has, as the table in `docs/coverage.md`.

python -m tests.oracle.coverage             write the table
python -m tests.oracle.coverage --record    first record PyTorch's names anew (needs torch)
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import engine

ROOT = Path(__file__).parents[2]
NAMES = ROOT / "tests" / "data" / "torch_names.json"
TABLE = ROOT / "docs" / "coverage.md"

MODULES = (
    *("torch", "torch.Tensor", "torch.autograd", "torch.autograd.forward_ad", "torch.autograd.functional"),
    *(
        "torch.autograd.graph",
        "torch.distributions",
        "torch.distributions.constraints",
        "torch.fft",
        "torch.func",
        "torch.linalg",
        "torch.nn",
        "torch.nn.functional",
    ),
    *("torch.nn.init", "torch.nn.utils", "torch.optim", "torch.optim.lr_scheduler", "torch.optim.swa_utils"),
    *("torch.random", "torch.special", "torch.testing", "torch.utils.checkpoint", "torch.utils.data"),
)

# Of other devices, compilers, processes, files, sparse, quantized and named tensors: none of a debugger's business.
_OUTSIDE = (
    *("cuda", "cudnn", "mkldnn", "miopen", "mps", "xpu", "sparse", "quant", "jit", "compile", "export"),
    *("fbgemm", "script", "coalesce", "sym_", "Sym", "Storage", "storage_type", "named_tensor", "is_vulkan"),
    *("is_ipu", "is_xla", "is_ort", "is_mtia", "is_maia", "is_meta", "Stream", "Event", "DDP"),
    *("DataParallel", "autocast", "deterministic", "num_threads", "flush_denormal", "crow_indices"),
    *("col_indices", "ccol_indices", "row_indices", "values", "to_dense", "dense_dim", "refine_names"),
    *("rename", "align_", "to_padded_tensor", "q_", "qscheme", "int_repr", "share_memory", "is_shared"),
    *("pin_memory", "is_pinned", "ipu", "from_file", "hub", "profiler", "Generator", "record_stream", "wait"),
    *("fork", "vitals", "lobpcg", "vmap_"),
)


def _found(root: Any, path: str) -> Any:
    found = root
    for part in path.split(".")[1:]:
        found = getattr(found, part, None)
    return found


def record() -> None:
    """Write down PyTorch's public names."""
    import torch

    names: dict[str, list[str]] = {}
    for path in MODULES:
        if path != "torch.Tensor":
            importlib.import_module(path)
        module = _found(torch, path)
        listed = getattr(module, "__all__", None) or dir(module)
        if path in ("torch.nn", "torch.optim", "torch.linalg", "torch.special", "torch.nn.functional", "torch"):
            listed = dir(module)
        public = sorted(
            n
            for n in set(listed)
            if not n.startswith("_")
            and not isinstance(getattr(module, n, None), ModuleType)
            and hasattr(module, n)
            and getattr(getattr(module, n), "__module__", "torch") not in ("typing", "collections.abc", "enum")
            and (path != "torch" or n in torch.__all__ or hasattr(torch._C._VariableFunctions, n))
            and n not in ("Tensor", "Module", "common_notes", "handle_torch_function", "boolean_dispatch", "grad")
        )
        names[path] = [n for n in public if not any(word in n for word in _OUTSIDE) and not n.endswith(("DType",))]
    lines = [f"{json.dumps(path)}: {json.dumps(found)}" for path, found in names.items()]
    NAMES.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def has(path: str, name: str) -> bool:
    """Whether the engine has a name."""
    if path != "torch.Tensor":
        try:
            module: Any = importlib.import_module("engine" + path.removeprefix("torch"))
        except ImportError:
            return False
    else:
        module = engine.Tensor
    return hasattr(module, name)


def table() -> str:
    """The whole document."""
    recorded: dict[str, list[str]] = json.loads(NAMES.read_text())
    rows, missing = [], []
    total = there = 0
    for path, names in recorded.items():
        absent = [n for n in names if not has(path, n)]
        total += len(names)
        there += len(names) - len(absent)
        rows.append(f"| `{path}` | {len(names) - len(absent)} | {len(names)} |")
        if absent:
            missing.append(f"### `{path}`\n\n{', '.join(f'`{n}`' for n in absent)}\n")
    return "\n".join(
        [
            "# What the engine has of PyTorch 2.13",
            "",
            "Written by `make coverage`; a test fails when it is out of date. Counted are the public names for dense tensors",
            "on a CPU: not those of other devices, of compilers, of several processes, of files, or of sparse, quantized and",
            "named tensors. What is there is compared with PyTorch by `make oracle`; how it differs is in",
            "[differences.md](differences.md).",
            "",
            "| module | there | of |",
            "|---|---|---|",
            *rows,
            f"| all | {there} | {total} |",
            "",
            "## Not there",
            "",
            *missing,
        ]
    )


def count() -> int:
    """How many of PyTorch's names the engine has."""
    return sum(has(path, n) for path, names in json.loads(NAMES.read_text()).items() for n in names)


if __name__ == "__main__":
    if "--record" in sys.argv:
        record()
    TABLE.write_text(table())
