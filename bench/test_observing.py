"""What it costs a script that the app records it, against the same script run plainly."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import engine
from gradviz.runner.limits import Limits
from gradviz.runner.script import ScriptRun

SCRIPTS = {
    "a loop over scalars": """
x = torch.tensor(1.0, requires_grad=True)
c = torch.tensor(1.0001)
y = x
for i in range(1000):
    y = y * c
y.backward()
""",
    "four layers of 64 x 64, ten times": """
w = [torch.randn(64, 64).requires_grad_() for _ in range(4)]
b = [torch.zeros(64, requires_grad=True) for _ in range(4)]
x = torch.randn(32, 64)
for step in range(10):
    h = x
    for i in range(4):
        h = torch.tanh(h @ w[i] + b[i])
    (h * h).mean().backward()
""",
    "training 784-128-64-10 with SGD": """
layers = [torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10)]
net = torch.nn.Sequential(*layers)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(64, 784)
target = torch.randint(0, 10, (64,))
for step in range(5):
    opt.zero_grad()
    torch.nn.functional.cross_entropy(net(x), target).backward()
    opt.step()
""",
    "a chain on 1e6 elements": """
y = x = torch.linspace(-1, 1, 1000000).requires_grad_()
for i in range(4):
    y = torch.tanh(y * 1.5)
y.sum().backward()
""",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_recording_a_script(name: str, report: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", engine)
    text = "import torch\n" + SCRIPTS[name]

    def plain() -> None:
        exec(compile(text, "script.py", "exec"), {"__name__": "__main__"})

    def recorded() -> None:
        run = ScriptRun(text, "script.py", trusted=True, limits=Limits(), sink=lambda chunk: None, sealed=False)
        run.run()
        assert run.status == "ok"

    report(f"recording {name}", recorded, against="run plainly", floor=plain, limit=2.0, rounds=15)
