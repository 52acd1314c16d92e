"""The autograd tutorial's own numbers and texts, snippet by snippet."""

from __future__ import annotations

import engine as torch


def test_a_leaf_has_no_grad_fn_and_a_result_has_one() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    assert repr(x) == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)"
    assert x.grad_fn is None
    y = x + 2
    assert repr(y) == "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)"
    assert repr(y.grad_fn).startswith("<AddBackward0 object at 0x")
    assert (x.is_leaf, y.is_leaf) == (True, False)


def test_requires_grad_can_be_switched_on_in_place() -> None:
    torch.manual_seed(0)
    a = torch.randn(2, 2)
    a = (a * 3) / (a - 1)
    assert not a.requires_grad
    a.requires_grad_(True)
    assert a.requires_grad
    b = (a * a).sum()
    assert type(b.grad_fn).__name__ == "SumBackward0"
    assert repr(b) == "tensor(93.3274, grad_fn=<SumBackward0>)"


def test_gradients_of_a_mean_and_their_accumulation() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    out = ((x + 2) * (x + 2) * 3).mean()
    out.backward()
    assert x.grad.tolist() == [[4.5, 4.5], [4.5, 4.5]]
    x.sum().backward()
    assert x.grad.tolist() == [[5.5, 5.5], [5.5, 5.5]]
    x.grad.data.zero_()
    x.sum().backward()
    assert repr(x.grad) == "tensor([[1., 1.],\n        [1., 1.]])"


def test_a_weight_vector_for_a_tensor_that_is_no_scalar() -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    z = (2 * x).view(2, 2)
    z.backward(torch.tensor([[1.0, 0.1], [0.01, 0.001]], dtype=torch.float))
    assert repr(x.grad) == "tensor([2.0000, 0.2000, 0.0200, 0.0020])"


def test_no_grad_cuts_the_graph() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y1 = x**2
    with torch.no_grad():
        y2 = x**3
    y3 = y1 + y2
    assert repr(y1) == "tensor(1., grad_fn=<PowBackward0>)"
    assert (repr(y2), y2.requires_grad) == ("tensor(1.)", False)
    assert repr(y3) == "tensor(2., grad_fn=<AddBackward0>)"
    y3.backward()
    assert repr(x.grad) == "tensor(2.)"


def test_data_is_changed_behind_the_graphs_back() -> None:
    x = torch.ones(1, requires_grad=True)
    assert (repr(x.data), x.data.requires_grad) == ("tensor([1.])", False)
    y = 2 * x
    x.data *= 100
    y.backward()
    assert repr(x) == "tensor([100.], requires_grad=True)"
    assert repr(x.grad) == "tensor([2.])"
