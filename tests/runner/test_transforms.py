"""Scripts that transform functions, as they are run and recorded."""

from __future__ import annotations

from gradviz.recording import Kind
from gradviz.runner.script import record

SCRIPT = """
import torch
import torch.autograd.forward_ad as fwAD
from torch.autograd.functional import jacobian
from torch.autograd.gradcheck import GradcheckError, gradcheck
from torch.func import functional_call, grad, hessian, vmap

x = torch.arange(3.0, requires_grad=True)
g = grad(lambda x: (x ** 3).sum())(x)
g.sum().backward()
print(x.grad.tolist(), hessian(lambda x: (x ** 3).sum())(x.detach())[2, 2].item())
print(vmap(grad(lambda a: (a * a).sum()))(torch.ones(2, 3)).tolist())
with fwAD.dual_level():
    print(fwAD.unpack_dual((fwAD.make_dual(torch.ones(2), torch.ones(2)) ** 2).sum()).tangent.item())
print(jacobian(lambda x: x * 2, torch.ones(2), vectorize=True).tolist())
x = torch.ones(1, dtype=torch.float64, requires_grad=True)
print(gradcheck(torch.sin, x, check_forward_ad=True), issubclass(GradcheckError, RuntimeError))
"""


def test_a_restricted_script_may_transform_functions() -> None:
    for trusted in (False, True):
        recording = record(SCRIPT, trusted=trusted)
        assert recording.errors == ()
        assert recording.output().splitlines() == [
            "[0.0, 6.0, 12.0] 12.0",
            "[[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]",
            "4.0",
            "[[2.0, 0.0], [0.0, 2.0]]",
            "True True",
        ]


def test_what_is_computed_within_a_transform_is_recorded_and_the_outer_pass_is_walked() -> None:
    recording = record(
        "import torch\nx = torch.ones(2, requires_grad=True)\n"
        "g = torch.func.grad(lambda x: (x ** 3).sum())(x)\ng.sum().backward()\n"
    )
    assert recording.errors == ()
    kinds = recording.tables["events"]["kind"].tolist()
    assert "pow" in {op.name for op in recording.ops}
    assert kinds.count(Kind.PASS_BEGIN) == 1
    assert kinds.count(Kind.ACCUMULATE) == 1
