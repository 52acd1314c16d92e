"""What a program can reach by `import torch`: PyTorch's names, and nothing of the machinery behind them."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import threading
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import engine as torch
from engine.table import TABLE


def public_modules() -> list[ModuleType]:
    """Every module reachable from `torch` by public names."""
    found: list[ModuleType] = []
    waiting: list[ModuleType] = [torch]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.append(module)
        waiting += [v for name in module.__all__ if isinstance(v := getattr(module, name), ModuleType)]
    return found


def test_public_names_lead_to_the_engines_modules_only() -> None:
    modules = public_modules()
    assert {m.__name__.removeprefix("engine").lstrip(".") for m in modules} >= {
        "",
        "autograd",
        "autograd.function",
        "autograd.graph",
        "nn",
        "nn.functional",
        "nn.init",
        "optim",
    }
    for module in modules:
        assert module.__name__.startswith("engine"), module


def test_every_public_module_lists_its_names_and_shows_no_others() -> None:
    for module in public_modules():
        assert set(dir(module)) == set(module.__all__), module.__name__
        for name in module.__all__:
            assert not name.startswith("_")
            assert hasattr(module, name), f"{module.__name__}.{name}"


def test_the_machinery_is_not_public() -> None:
    for name in ("observe", "modes", "dispatch", "np", "numpy", "api", "table", "rules", "sys", "os"):
        assert name not in torch.__all__


def test_all_of_the_engine_can_be_imported_and_lists_its_names() -> None:
    for info in pkgutil.walk_packages(torch.__path__, "engine."):
        module = importlib.import_module(info.name)
        assert hasattr(module, "__all__"), info.name
        for name in module.__all__:
            assert hasattr(module, name), f"{info.name}.{name}"


def test_a_missing_function_is_named() -> None:
    with pytest.raises(AttributeError, match="module 'torch' has no attribute 'no_such_function'"):
        torch.no_such_function  # noqa: B018
    with pytest.raises(NotImplementedError, match="no 'cuda' device"):
        torch.ones(2, device="cuda")
    with pytest.raises(NotImplementedError, match="complex32"):
        torch.ones(2, dtype=torch.float16) * 1j


def test_functions_and_methods_explain_themselves() -> None:
    assert torch.add.__name__ == "add"
    assert "self + alpha * other" in (torch.add.__doc__ or "")
    for name in torch.__all__:
        thing = getattr(torch, name)
        if callable(thing):
            assert thing.__doc__, name


def test_every_row_is_reachable_or_an_overload_of_something_that_is() -> None:
    for row in TABLE.values():
        known = row.name in torch.__all__ or hasattr(torch.Tensor, row.name) or hasattr(torch.Tensor, row.name + "_")
        internal = row.name.startswith(("_", "linalg_")) or row.name.endswith(("_backward", "_"))
        functional = hasattr(torch.nn.functional, row.name) or row.name in (
            *(
                "to_dtype",
                "as_strided",
                "alias",
                "slice",
                "index",
                "log_sigmoid",
                "nll_loss2d",
                "rrelu_with_noise",
                "diag_of",
                "restrided",
                "embedding_renorm",
                "im2col",
                "col2im",
            ),
            *("diagonal_copy",),
        )
        padding = row.name.startswith(("reflection_pad", "replication_pad", "upsample_"))
        in_namespace = hasattr(torch.special, row.name.removeprefix("special_"))
        assert known or internal or functional or in_namespace or padding, row.schema.name


def test_importing_the_engine_brings_in_numpy_and_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules); import numpy; import engine; "
        "names = {m.partition('.')[0] for m in set(sys.modules) - before}; "
        "ours = {'numpy', 'engine', 'cython_runtime'} | sys.stdlib_module_names; "
        "print(sorted(n for n in names - ours if not n.startswith('_')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_infinities_and_nans_are_no_warnings_in_any_thread() -> None:
    failures: list[BaseException] = []

    def compute() -> None:
        try:
            x = torch.tensor([0.0, -1.0], requires_grad=True)
            (x.log() + 1 / x + x.sqrt()).sum().backward()
            (torch.tensor(1e38) * torch.tensor(1e38)).item()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=compute)
    thread.start()
    thread.join()
    compute()
    assert failures == []


def test_modes_belong_to_their_thread() -> None:
    seen: list[Any] = []
    with torch.no_grad():
        thread = threading.Thread(
            target=lambda: seen.append((torch.is_grad_enabled(), (torch.ones(1, requires_grad=True) * 2).requires_grad))
        )
        thread.start()
        thread.join()
    assert seen == [(True, True)]


def test_arrays_of_the_user_are_not_changed_behind_their_back() -> None:
    a = np.ones(3, np.float32)
    t = torch.tensor(a)
    t.add_(1)
    assert a.tolist() == [1, 1, 1]
    shared = torch.from_numpy(a)
    shared.add_(1)
    assert a.tolist() == [2, 2, 2]
