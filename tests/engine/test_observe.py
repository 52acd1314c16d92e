"""What an observer is told."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import engine as torch
from engine import modes, observe
from engine.observe import (
    Accumulated,
    Captured,
    Contribution,
    Evaluated,
    Freed,
    HookRun,
    Observer,
    OpCall,
    PassBegin,
    PassEnd,
    Visit,
    as_array,
    observing,
    storage_of,
)


class Listener(Observer):
    """Keeps all it hears, as short texts, and the calls and steps themselves."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.calls: list[OpCall] = []
        self.steps: list[Any] = []

    def tensor_created(self, tensor: Any, function: str) -> None:
        self.heard.append(f"{function} {list(tensor.shape)}")

    def op_called(self, call: OpCall) -> None:
        self.heard.append(call.name)
        self.calls.append(call)

    def mode_changed(self, kind: str, phase: str, grad_enabled: bool, inference: bool) -> None:
        self.heard.append(f"{kind} {phase} {grad_enabled} {inference}")

    def requires_grad_changed(self, tensor: Any, value: bool) -> None:
        self.heard.append(f"requires_grad {value}")

    def grad_retained(self, tensor: Any) -> None:
        self.heard.append("retain_grad")

    def grad_assigned(self, tensor: Any, grad: Any) -> None:
        self.heard.append(f"grad = {None if grad is None else grad.tolist()}")

    def data_assigned(self, tensor: Any) -> None:
        self.heard.append("data =")

    def backward_step(self, step: Any) -> None:
        self.steps.append(step)
        self.heard.append(type(step).__name__)


def test_factories_ops_and_modes() -> None:
    with observing(Listener()) as listener:
        x = torch.ones(2, 2, requires_grad=True)
        y = x + 2
        with torch.no_grad():
            y * 3
        torch.tensor([1.0])
        torch.randn(3)
        torch.nn.Parameter(torch.zeros(1))
    assert listener.heard == [
        "requires_grad True",
        "ones [2, 2]",
        "add",
        "no_grad enter False False",
        "mul",
        "no_grad exit True False",
        "tensor [1]",
        "randn [3]",
        "zeros [1]",
        "requires_grad True",
        "Parameter [1]",
    ]


def test_an_op_call_in_full() -> None:
    x = torch.ones(2, requires_grad=True)
    with observing(Listener()) as listener:
        y = torch.add(x, 2, alpha=3)
    (call,) = listener.calls
    assert call.name == "add"
    assert call.formula == "self + alpha * other"
    assert [name for name, _ in call.arguments] == ["self", "other", "alpha"]
    assert call.arguments[0][1] is x
    assert call.arguments[1:] == (("other", 2), ("alpha", 3))
    assert call.outputs == (y,) or call.outputs[0] is y
    assert call.node is y.grad_fn
    assert call.inplace is None


def test_the_cut_ops_are_told() -> None:
    x = torch.ones(2, requires_grad=True)
    with observing(Listener()) as listener:
        x.detach()
        _ = x.data
        x.data *= 100
        y = x * 1
        y.add_(1)
        y[0] = 5
        y.retain_grad()
        x.grad = torch.ones(2)
        x.grad = None
        (x * 1).detach_()
    assert listener.heard == [
        *("detach", "data", "data", "mul_", "data =", "mul", "add_", "__setitem__", "retain_grad"),
        *("ones [2]", "grad = [1.0, 1.0]", "grad = None", "mul", "detach_"),
    ]
    writes = [c for c in listener.calls if c.inplace is not None]
    assert [c.name for c in writes] == ["mul_", "add_", "__setitem__"]
    assert writes[1].inplace is y
    assert writes[2].inplace is y
    assert writes[2].node is y.grad_fn
    assert dict(writes[2].arguments)["value"] == 5


def test_the_version_has_advanced_when_a_write_is_told() -> None:
    seen = []

    class Versions(Observer):
        def op_called(self, call: OpCall) -> None:
            seen.append(call.inplace._version if call.inplace is not None else None)

    x = torch.ones(2)
    with observing(Versions()):
        x.add_(1)
        torch.mul(x, 2, out=x)
    assert seen == [1, 2]


def test_every_step_of_a_pass() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    out = ((x + 2) * (x + 2) * 3).mean()
    with observing(Listener()) as listener:
        out.backward()
    kinds = [type(s).__name__ for s in listener.steps]
    assert kinds[0] == "PassBegin"
    assert kinds[-1] == "PassEnd"
    begin = listener.steps[0]
    assert isinstance(begin, PassBegin)
    assert begin.kind == "backward"
    assert begin.roots == ((out.grad_fn, 0),)
    assert begin.root_tensors[0] is out
    assert sorted(begin.pending.values()) == [1, 1, 1, 1, 1, 2]
    visits = [s.node.name() for s in listener.steps if isinstance(s, Visit)]
    assert visits == [
        "MeanBackward0", "MulBackward0", "MulBackward0", "AddBackward0", "AddBackward0", "torch::autograd::AccumulateGrad",
    ]  # fmt: skip
    arriving = [s for s in listener.steps if isinstance(s, Contribution) and s.target.name().endswith("AccumulateGrad")]
    assert [(s.count, s.pending) for s in arriving] == [(1, 1), (2, 0)]
    assert np.array_equal(as_array(arriving[1].total), np.full((2, 2), 4.5))
    root = next(s for s in listener.steps if isinstance(s, Contribution))
    assert root.source is None
    assert as_array(root.gradient) == 1
    freed = [s.node.name() for s in listener.steps if isinstance(s, Freed)]
    assert freed == ["MulBackward0", "MulBackward0"]
    (done,) = [s for s in listener.steps if isinstance(s, Accumulated)]
    assert done.tensor is x
    assert done.before is None
    end = listener.steps[-1]
    assert isinstance(end, PassEnd)
    assert end.error is None


def test_a_rules_results_are_told_before_they_arrive() -> None:
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(5.0)
    with observing(Listener()) as listener:
        (x * y).backward()
    (rule,) = [s for s in listener.steps if isinstance(s, Evaluated)]
    assert as_array(rule.gradients[0]) == 5
    assert rule.gradients[1] is None


def test_accumulation_into_a_gradient_that_is_there() -> None:
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    with observing(Listener()) as listener:
        (x * 3).sum().backward()
    (done,) = [s for s in listener.steps if isinstance(s, Accumulated)]
    assert as_array(done.before).tolist() == [2, 2]
    assert as_array(done.gradient).tolist() == [3, 3]
    assert as_array(done.after).tolist() == [5, 5]


def test_hooks_captures_and_retained_gradients() -> None:
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    y.retain_grad()

    def double(g: Any) -> Any:
        return g * 2

    y.register_hook(double)
    y.grad_fn.register_prehook(lambda gs: None)
    y.grad_fn.register_hook(lambda gi, go: None)
    x.register_post_accumulate_grad_hook(lambda t: None)
    with observing(Listener()) as listener:
        y.backward(retain_graph=True)
        torch.autograd.grad(y, x)
    ran = [s for s in listener.steps if isinstance(s, HookRun)]
    at_the_node = ["tensor", "retain_grad", "pre", "post"]
    assert [s.kind for s in ran] == [*at_the_node, "post_accumulate", *at_the_node]
    assert ran[0].hook_name == "double"
    assert (as_array(ran[0].before).item(), as_array(ran[0].after).item()) == (1, 2)
    (captured,) = [s for s in listener.steps if isinstance(s, Captured)]
    assert captured.tensor is x
    assert as_array(captured.gradient).item() == 4
    assert next(s for s in listener.steps if isinstance(s, Accumulated)).tensor is y


def test_a_pass_that_fails_ends_with_its_error() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    with observing(Listener()) as listener, pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    end = listener.steps[-1]
    assert isinstance(end, PassEnd)
    assert isinstance(end.error, RuntimeError)


def test_an_error_names_the_line_that_saved_and_the_line_that_wrote() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    lines = []
    for code, lasti in (caught.value.saved_at, caught.value.written_at):
        assert code.co_filename == __file__
        lines.append(list(code.co_positions())[lasti // 2][0])
    first = test_an_error_names_the_line_that_saved_and_the_line_that_wrote.__code__.co_firstlineno
    assert [line - first for line in lines if line is not None] == [2, 3]


def test_nodes_know_the_line_that_made_them_even_through_modules() -> None:
    net = torch.nn.Linear(2, 2)
    y = net(torch.ones(1, 2))
    z = torch.nn.functional.cross_entropy(y, torch.tensor([0]))
    for node in (y.grad_fn, z.grad_fn, z.grad_fn.next_functions[0][0], (y * 2).grad_fn, torch.tanh(y).grad_fn):
        code, lasti = node.location
        assert code.co_name == "test_nodes_know_the_line_that_made_them_even_through_modules"
        assert lasti > 0


def test_what_an_observer_calls_is_not_observed() -> None:
    class Curious(Listener):
        def op_called(self, call: OpCall) -> None:
            super().op_called(call)
            (call.outputs[0] * 2).sum()

    with observing(Curious()) as listener:
        torch.ones(2).exp()
    assert listener.heard == ["ones [2]", "exp"]


def test_observers_nest() -> None:
    with observing(Listener()) as outer:
        torch.ones(1)
        with observing(Listener()) as inner:
            torch.zeros(1)
        torch.ones(2)
    torch.ones(3)
    assert outer.heard == ["ones [1]", "zeros [1]", "ones [2]"]
    assert inner.heard == ["zeros [1]"]
    assert observe.active is None
    assert modes.special == 0


def test_other_threads_are_not_observed() -> None:
    with observing(Listener()) as listener:
        thread = threading.Thread(target=lambda: torch.ones(2) * 2)
        thread.start()
        thread.join()
    assert listener.heard == []


def test_a_listeners_error_reaches_the_user_and_leaves_the_engine_usable() -> None:
    class Broken(Observer):
        def op_called(self, call: OpCall) -> None:
            raise KeyError("broken")

    with observing(Broken()):
        with pytest.raises(KeyError):
            torch.ones(1) * 2
        assert observe.active is not None
    assert (torch.ones(1) * 2).item() == 2


def test_storage_is_shared_by_views_detach_and_data() -> None:
    x = torch.ones(3)
    y = torch.ones(3)
    assert len({id(storage_of(t)) for t in (x, x[0], x.view(3, 1), x.detach(), x.data, x.t())}) == 1
    assert storage_of(x) is not storage_of(y)
    y.data = x
    assert storage_of(y) is storage_of(x)


def test_a_custom_function_is_told_by_its_name() -> None:
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, factor: float) -> Any:
            return x * factor

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return grad * 2, None

    x = torch.ones(1, requires_grad=True)
    with observing(Listener()) as listener:
        y = Twice.apply(x, 2.0)
    assert listener.heard == ["mul", "Twice"]
    call = listener.calls[-1]
    assert call.node is y.grad_fn
    assert [name for name, _ in call.arguments] == ["x", "factor"]


def test_multi_output_nodes_are_told_once() -> None:
    x = torch.ones(4, requires_grad=True)
    with observing(Listener()) as listener:
        a, b = x.split(2)
        b.sum().backward()
    assert [c.name for c in listener.calls] == ["split", "sum"]
    assert listener.calls[0].outputs == (a, b) or len(listener.calls[0].outputs) == 2
    visit = next(s for s in listener.steps if isinstance(s, Visit) and s.node is a.grad_fn)
    assert visit.gradients[0] is None
    assert as_array(visit.gradients[1]).tolist() == [1, 1]
