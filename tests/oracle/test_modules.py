"""Every layer of PyTorch's own list: what it prints, its state, results, derivatives and errors, on both sides."""

from __future__ import annotations

import pytest

from tests.oracle.modules import cases_of, differences_of, layers
from tests.oracle.opinfo import counterpart

pytestmark = pytest.mark.oracle

_LEFT = {
    # Its options part PyTorch's work into pieces by a node of its own, which cannot be differentiated twice.
    "LinearCrossEntropyLoss": {"graph", "second derivative", "view", "warning"},
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in layers() if counterpart(f"torch.nn.{n}") is not None])
def test_layer(name: str) -> None:
    examples: dict[str, str] = {}
    for case in cases_of(name):
        for found in differences_of(case):
            examples.setdefault(found.kind, f"{case}: {found}")
    known = _LEFT.get(name, set())
    assert not {kind: text for kind, text in examples.items() if kind not in known}
    assert not known - examples.keys(), "differences that are no more"
