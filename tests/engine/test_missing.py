"""What PyTorch has and the engine has not says so; what nobody has is an AttributeError in PyTorch's words."""

from __future__ import annotations

import re
from typing import Any

import pytest

import engine as torch
from engine.missing import NAMES, names


def test_a_function_that_is_not_there_is_named() -> None:
    for where, name, path in (
        (torch, "bfloat16", "torch.bfloat16"),
        (torch.nn.functional, "scaled_grouped_mm", "torch.nn.functional.scaled_grouped_mm"),
        (torch.ones(2), "to_sparse", "torch.Tensor.to_sparse"),
        (torch.nn.Parameter(torch.ones(2)), "to_sparse", "torch.Tensor.to_sparse"),
    ):
        with pytest.raises(NotImplementedError, match=f"^{path} is not implemented in the embedded engine$") as caught:
            getattr(where, name)
        assert type(caught.value).__name__ == "NotImplementedError"


def test_it_is_as_absent_as_anything_that_is_not_there() -> None:
    x = torch.ones(2)
    for where, name in ((torch, "bfloat16"), (torch.optim, "Muon"), (x, "to_sparse"), (torch.Tensor, "to_sparse")):
        assert not hasattr(where, name)
        assert getattr(where, name, 3) == 3
    assert "to_sparse" not in dir(x)
    assert "bfloat16" not in dir(torch)


def test_what_pytorch_has_not_either_is_an_attribute_error() -> None:
    for where, text in (
        (torch, "module 'torch' has no attribute 'nonsense'"),
        (torch.linalg, "module 'torch.linalg' has no attribute 'nonsense'"),
        (torch.nn.functional, "module 'torch.nn.functional' has no attribute 'nonsense'"),
        (torch.ones(2), "'Tensor' object has no attribute 'nonsense'"),
        (torch.nn.Parameter(torch.ones(2)), "'Parameter' object has no attribute 'nonsense'"),
        (torch.nn.Linear(2, 2), "'Linear' object has no attribute 'nonsense'"),
    ):
        with pytest.raises(AttributeError) as caught:
            where.nonsense  # noqa: B018
        assert str(caught.value) == text
        assert not isinstance(caught.value, NotImplementedError)


@pytest.mark.parametrize("path", sorted(NAMES))
def test_every_name_of_pytorch_is_there_or_says_that_it_is_not(path: str) -> None:
    where: Any = torch
    for part in path.split(".")[1:]:
        where = getattr(where, part, None)
    if where is None:
        pytest.skip("the module itself is not there")
    absent = {
        name: f"{path}.{name} is not implemented in the embedded engine" for name in names(path) if not hasattr(where, name)
    }
    for name, text in absent.items():
        with pytest.raises(NotImplementedError, match=re.escape(text)):
            getattr(where, name)
