"""Every op of PyTorch's own list: its samples, layouts, forms and errors, on the engine and on PyTorch."""

from __future__ import annotations

import pytest

from tests.oracle.compare import missing_names
from tests.oracle.differences import listed, tried
from tests.oracle.opinfo import named_ops

pytestmark = pytest.mark.oracle

_ABSENT = set(missing_names())
_LISTED = listed()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in named_ops() if n not in _ABSENT])
def test_op(name: str) -> None:
    examples: dict[str, str] = {}
    for case, _, kinds in tried(name):
        for kind in kinds:
            examples.setdefault(kind, str(case))
    known = _LISTED.get(name, set())
    new = {kind: case for kind, case in examples.items() if kind not in known}
    assert not new, f"differences that docs/differences.md does not list: {new}"
    gone = known - examples.keys()
    assert not gone, f"docs/differences.md lists differences that are no more: {sorted(gone)}"
