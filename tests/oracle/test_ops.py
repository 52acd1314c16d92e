"""Every op of PyTorch's own list: its samples, layouts, forms and errors, on the engine and on PyTorch."""

from __future__ import annotations

import pytest

from tests.oracle.compare import differences_of, missing_names
from tests.oracle.opinfo import cases_of, named_ops

pytestmark = pytest.mark.oracle

_ABSENT = set(missing_names())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in named_ops() if n not in _ABSENT])
def test_op(name: str) -> None:
    found = []
    for case in cases_of(name, 6):
        found += [f"{case}: {d.kind}: torch {d.expected}; engine {d.got}" for d in differences_of(case)]
    assert not found, "\n".join([f"{len(found)} differences", *found[:12]])
