"""What the script calls its tensors."""

# ruff: noqa: E501 (a script stands on one line)
from __future__ import annotations

import pytest

from tests.runner.stories import ran, recorded

X = "x = torch.ones(2, 2, requires_grad=True)\n"


def names(text: str, *, trusted: bool = False) -> list[str]:
    """The names of all tensors but x, in the order they were made; "" for those without."""
    return ran(X + text + "\n", trusted=trusted).names[1:]


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = x + 1", ["y"]),
        ("y = x.relu()", ["y"]),
        ("y = torch.exp(x)", ["y"]),
        ("y = -x", ["y"]),
        ("y = x[0]", ["y"]),
        ("y = x @ x", ["y"]),
        ("y = x * 2 + 1", ["", "y"]),
        ("a = b = x + 1", ["a"]),
        ("y: torch.Tensor = x + 1", ["y"]),
        ("a, b = x + 1, x + 2", ["a", "b"]),
        ("[a, b] = [x + 1, x + 2]", ["a", "b"]),
        ("m, i = x.max(0)", ["m", "i"]),
        ("a, b = x", ["a", "b"]),
        ("(a, b), c = (x + 1, x + 2), x + 3", ["a", "b", "c"]),
        ("if (h := x.sum()) > 0: pass", ["h", ""]),
        ("y = x + 1 if True else x", ["y"]),
        ("y = 0\ny += x", ["y"]),
        ("for row in x:\n    r = row * 2", ["row", "row", "r", "r"]),
        ("for i in range(2):\n    y = x * i", ["y", "y"]),
        ("for i in range(2): y = x * i", ["y", "y"]),
        ("y = x\nfor _ in range(2):\n    y = y * 2", ["y", "y"]),
        ("def f(v):\n    t = v * 2\n    return t + 1\nout = f(x)", ["t", "out"]),
        ("def f(v):\n    return v + 1\ndef g(v):\n    return f(v)\nout = g(x)", ["out"]),
        ("f = lambda v: v + 1\nout = f(x)", ["out"]),
        ("def f(v):\n    t = v * 2\n    return t\na = f(x)\nb = f(x)", ["t", "t"]),
        ("y = f'{x.sum()}'", [""]),
        ("y = [x + 1, x + 2]", ["y[0]", "y[1]"]),
        ("y = [x * i for i in range(2)]", ["y[0]", "y[1]"]),
        ("d = {'a': x + 1}", ["d['a']"]),
        ("d = {}\nd['a'] = x + 1", ["d['a']"]),
        ("r = x.max(0)", ["r.values", "r.indices"]),
        ("class C: pass\nc = C()\nc.w = x + 1", ["c.w"]),
        ("torch.ones(1)", [""]),
        ("x + 1", [""]),
        ("y = (x + 1).sum()", ["", "y"]),
        ("y = sum([x, x])", ["", "y"]),
        ("y = torch.nn.functional.mse_loss(x, torch.zeros(2, 2))", ["", "y"]),
        ("y = x.clone().detach()", ["", "y"]),
        ("d = x.detach()\nd.add_(1)", ["d"]),
        ("y = x * 2\ny.mul_(3)", ["y", "y"]),
        ("y = x * 2\nz = y", ["y"]),
        ("y = (torch.ones(2) * 2).requires_grad_()\nfor p in [y]:\n    p.data.mul_(1)", ["", "y", ""]),
    ],
)
def test_a_tensor_is_called_what_it_is_assigned_to(text: str, expected: list[str], trusted: bool) -> None:
    found = names(text, trusted=trusted)
    if text.startswith("y = torch.nn"):
        assert (found[0], found[-1]) == (expected[0], expected[-1])
    else:
        assert found == expected


def test_a_gradient_is_called_after_its_tensor() -> None:
    assert names("x.sum().backward()\ny = x.grad * 2") == ["", "x.grad", "y"]


def test_a_later_name_is_told_too() -> None:
    recording = ran(X + "a = b = x + 1\n")
    assert [recording.string(int(n)) for n in recording.column("names", "name")] == ["x", "a", "b"]


def test_parameters_have_their_qualified_names() -> None:
    text = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(2, 1)
        self.scale = torch.nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros(1))
    def forward(self, v):
        hidden = self.fc(v)
        return hidden * self.scale
net = Net()
out = net(x)
"""
    recording = ran(X + text)
    found = {recording.tensor(i).name for i in range(recording.tensor_count)}
    assert {"fc.weight", "fc.bias", "scale", "count", "hidden", "out"} <= found
    assert not any("self" in name for name in found)


def test_the_parameters_of_several_modules_are_told_apart() -> None:
    recording = ran("a = torch.nn.Linear(1, 1)\nb = torch.nn.Linear(1, 1)\n")
    assert {"a.weight", "a.bias", "b.weight", "b.bias"} <= set(recording.names)


def test_a_class_that_makes_tensors_gives_its_name_to_none_of_them() -> None:
    recording = ran(
        "class Box:\n    def __init__(self):\n        self.w = torch.ones(1)\ndef make():\n    box = Box()\n    return box\nb = make()\n"
    )
    assert recording.names == ["self.w"]


def test_names_are_found_when_the_script_fails() -> None:
    recording = recorded(X + "y = x + 1\nz = y * 2\nraise ValueError('no')\n")
    assert recording.names == ["x", "y", "z"]


def test_an_object_of_the_scripts_own_cannot_disturb_the_naming() -> None:
    text = "class Odd:\n    def __getattr__(self, name): raise RuntimeError('odd')\n    def named_parameters(self): raise RuntimeError('odd')\no = Odd()\n"
    assert ran(X + text).names == ["x"]
