"""Random programs of views, in-place writes, modes, hooks and backward passes, that run on the engine and on PyTorch alike."""

from __future__ import annotations

import random

from engine_harness import Program

__all__ = ["program"]

START = (
    "x0 = torch.linspace(0.5, 1.5, 6, dtype=torch.float64).reshape(2, 3).requires_grad_()",
    "x1 = torch.linspace(-1.0, 2.0, 6, dtype=torch.float64).reshape(2, 3)",
    "x2 = torch.tensor([0.3, 0.7, 1.1], dtype=torch.float64, requires_grad=True)",
)
RESULTS = (
    *(
        "{a} * {b}",
        "{a} + {b}",
        "{a} - {b}",
        "{a} * 2",
        "{a} / 3",
        "{a} ** 2",
        "{a}.exp()",
        "{a}.sin()",
        "{a}.tanh()",
        "{a}.abs()",
    ),
    *("{a}.sigmoid()", "torch.relu({a})", "{a}.clone()", "torch.maximum({a}, {b})", "torch.where({a} > 0.6, {a}, {b})"),
    *(
        "{a}.cumsum(0)",
        "{a}.softmax(-1)",
        "{a} @ {b}.t()",
        "{a}.clamp(0, 1)",
        "torch.stack([{a}, {b}])",
        "torch.cat([{a}, {b}])",
    ),
    *("{a}.sum(0)", "{a}.mean()", "{a}.sum()", "{a}.max(0)[0]", "{a}.prod(-1)", "{a}.norm()", "{a}[{a} > 0.5]"),
    *("{a}[torch.tensor([0, 1])]", "{a}.contiguous()"),
)
VIEWS = (
    *("{a}[0]", "{a}[:, 1]", "{a}[1:]", "{a}[..., :2]", "{a}.t()", "{a}.view(-1)", "{a}.reshape(-1)", "{a}.unsqueeze(0)"),
    *(
        "{a}.expand(2, 3)",
        "{a}.detach()",
        "{a}.permute(1, 0)",
        "{a}.transpose(0, -1)",
        "{a}.squeeze()",
        "{a}.diagonal()",
        "{a}.data",
    ),
    *("{a}.narrow(0, 0, 1)", "{a}.select(-1, 0)", "{a}.flatten()", "{a}.chunk(2)[0]", "{a}.unbind()[0]"),
)
WRITES = (
    *("{a}.mul_({b})", "{a}.add_({b})", "{a}.sub_(0.5)", "{a}.mul_(2)", "{a}[0] = {b}[0]", "{a}[..., 0] = 3", "{a}.exp_()"),
    *(
        "{a}.sin_()",
        "{a}.zero_()",
        "{a}.copy_({b})",
        "{a}.fill_(0.7)",
        "{a}.relu_()",
        "{a} += {b}",
        "{a} *= {b}",
        "{a}.div_({b})",
    ),
    *("{a}.pow_(2)", "{a}.tanh_()", "{a}.clamp_(0.2, 1.2)", "{a}.detach_()", "{a}[{a} > 0.8] = 0.1", "{a}.requires_grad_()"),
    *("{a}.retain_grad()", "{a}.masked_fill_({a} > 1, 0.5)", "{a}[torch.tensor([0])] = 0.25", "{a}.sigmoid_()", "{a}.sqrt_()"),
    *(
        "{a}.addcmul_({a}, {b})",
        "{a}.register_hook(lambda g: g * 2)",
        "{a}.register_hook(lambda g: found.append(g.sum().item()))",
    ),
)
LOOK = """
def look(t):
    try:
        grad = t.grad if t.is_leaf or t.retains_grad else None
        below = None if t.grad_fn is None else [n and n.name() for n in (t.grad_fn, *(m for m, _ in t.grad_fn.next_functions))]
        strides = [s for s, n in zip(t.stride(), t.shape) if n > 1]
        return (
            t.detach().clone().tolist(), None if grad is None else grad.detach().clone().tolist(), t.requires_grad, t.is_leaf,
            t._version, below, t.output_nr, t._is_view(), strides,
        )
    except Exception as error:
        return (type(error).__name__, str(error))
"""


def _guarded(lines: list[str], otherwise: str | None = None) -> list[str]:
    """Statements whose error is one of the program's results."""
    body = ["try:", *("    " + line for line in lines), "except Exception as error:"]
    body.append("    found.append((type(error).__name__, str(error)))")
    return [*body, f"    {otherwise}"] if otherwise else body


def program(seed: int) -> Program:
    """The program of a seed."""
    source = random.Random(seed)
    names = ["x0", "x1", "x2"]
    body: list[str] = ["found = []", *START]

    def pick(patterns: tuple[str, ...]) -> str:
        a, b = (source.choice(names[-5:] if source.random() < 0.7 else names) for _ in range(2))
        return source.choice(patterns).format(a=a, b=b)

    for _ in range(source.randint(3, 14)):
        kind = source.random()
        if kind < 0.6:
            new = f"x{len(names)}"
            line = f"{new} = {pick(RESULTS if kind < 0.35 else VIEWS)}"
            hidden = source.random() < 0.15
            body += _guarded(["with torch.no_grad():", f"    {line}"] if hidden else [line], f"{new} = x0 * 1.0")
            names.append(new)
        elif kind < 0.9:
            line = pick(WRITES)
            body += _guarded(["with torch.no_grad():", f"    {line}"] if source.random() < 0.2 else [line])
        else:
            keep = source.choice(("", "retain_graph=True"))
            body += _guarded([pick(("({a} * {b}).sum().backward(",)) + keep + ")"])
    everything = ", ".join(names)
    body += [*LOOK.strip().splitlines(), f"found += [look(t) for t in [{everything}]]"]
    body += _guarded([f"sum(t.sum() for t in [{everything}]).backward()"])
    body += ["found += [None if t.grad is None else t.grad.clone().tolist() for t in (x0, x2)]", "return found"]
    return Program(str(seed), "", "\n".join(body))
