"""Graph scripts of a given size, such as a person's would be: a few layers, repeated, and one backward pass."""

from __future__ import annotations


def script_of(ops: int) -> str:
    """A script that calls about this many ops and runs backward through them."""
    lines = ["import torch", "", "x = torch.linspace(-1, 1, 12).view(4, 3)", "w = torch.full((3, 3), 0.5, requires_grad=True)"]
    lines += ["b = torch.zeros(3, requires_grad=True)", "h = x"]
    for i in range(max(1, (ops - 2) // 5)):
        lines += [f"a{i} = h @ w + b", f"h{i} = torch.tanh(a{i})", f"h = h{i} * 0.5 + h"]
    return "\n".join([*lines, "loss = (h * h).mean()", "loss.backward()", ""])
