"""More recordings made by hand: what the seed's program does not do."""

from __future__ import annotations

import numpy as np

from gradviz.recording import Budget, Cut, Kind, Recording
from tests.panels.made import Maker, full

NO = Cut.NONE


def log_of_zero() -> Recording:
    """x = zeros; r = x.log(); s = r.sum(); s.backward(): infinities forwards and backwards."""
    m = Maker("import torch\nx = torch.zeros(2, requires_grad=True)\nr = x.log()\ns = r.sum()\ns.backward()\n")
    x = m.create(full(0, 2), 2, "x", requires=True)
    log, r = m.op(3, "log", [("self", x, "grad / self", NO)], full(-np.inf, 2), node="LogBackward0", name="r", saves=("self",))
    total, s = m.op(4, "sum", [("self", r, "grad", NO)], full(-np.inf), node="SumBackward0", name="s")
    p = m.begin(5, "s.backward()", s)
    m.contribute(5, p, -1, -1, total, s, full(1), 0)
    m.visit(5, p, total, s)
    m.contribute(5, p, total, 0, log, r, full(1, 2), 0)
    m.visit(5, p, log, r)
    m.contribute(5, p, log, 0, -1, x, full(np.inf, 2), 0)
    m.accumulate(5, p, x)
    m.end(5, p)
    return m.builder.build().checked()


def every_cut() -> Recording:
    """One op with an argument for each reason that gradients do not cross, and a .data."""
    m = Maker("a = ...\nb = a.data\nc = f(...)\n")
    a = m.create(full(1, 2), 1, "a", requires=True)
    m.op(2, "data", [("self", a, "", Cut.DATA)], full(1, 2), name="b", kind=Kind.DATA)
    plain = m.create(full(1, 2), 1, "plain")
    whole = m.create(np.array([1, 2]), 1, "whole")
    cuts = [(f"p{int(cut)}", plain, "", cut) for cut in (Cut.LEAF, Cut.CONSTANT, Cut.NOT_DIFFERENTIABLE)]
    m.op(3, "f", [("self", a, "grad", NO), *cuts, ("n", whole, "", Cut.DTYPE)], full(1, 2), node="FBackward0", name="c")
    return m.builder.build().checked()


def retained_and_shared() -> Recording:
    """x feeds two functions; y between them retains its gradient; the first pass keeps the graph."""
    m = Maker("x = ...\ny = x * 2\nz = y + x\nz.backward(retain_graph=True)\n")
    x = m.create(full(3), 1, "x", requires=True)
    mul, y = m.op(2, "mul", [("self", x, "grad * other", NO), ("other", "2", "", NO)], full(6), node="MulBackward0", name="y")
    m.event(Kind.RETAIN_GRAD, 2, tensor=y)
    add, z = m.op(3, "add", [("self", y, "grad", NO), ("other", x, "grad", NO)], full(9), node="AddBackward0", name="z")
    p = m.begin(4, "z.backward()", z)
    m.contribute(4, p, -1, -1, add, z, full(1), 0)
    m.visit(4, p, add, z)
    m.contribute(4, p, add, 1, -1, x, full(1), 1)
    m.contribute(4, p, add, 0, mul, y, full(1), 0)
    m.visit(4, p, mul, y)
    m.accumulate(4, p, y)
    m.contribute(4, p, mul, 0, -1, x, full(2), 0)
    m.accumulate(4, p, x)
    m.end(4, p)
    return m.builder.build().checked()


def large_values(budget: Budget | None = None) -> Recording:
    """Matrices too large to be written out: one varied, one with a NaN, one all alike, one empty."""
    m = Maker("a = ...\n", budget)
    varied = np.arange(48 * 40, dtype=np.float32).reshape(48, 40)
    broken = varied.copy()
    broken[3, 5] = np.nan
    m.create(varied, 1, "varied", requires=True)
    m.create(broken, 1, "broken", requires=True)
    m.create(full(7, 8, 8), 1, "alike", requires=True)
    m.create(full(0, 0, 3), 1, "empty", requires=True)
    return m.builder.build().checked()


def chain(length: int, *, weighted: bool = False) -> Recording:
    """h = h * w, ``length`` times, then one pass through all of them, along h and, if weighted, to w."""
    m = Maker("w = ...\nh = h * w\nh.backward()\n")
    h = w = m.create(full(1), 1, "w", requires=True)
    ops: list[int] = []
    tensors = [w]
    for i in range(length):
        rules = [("self", h, "grad * other", NO), ("other", w, "grad * self", NO)] if i else [("self", h, "grad", NO)]
        op, h = m.op(2, "mul", rules, full(1), node="MulBackward0", name=f"h{i}", saves=("self",))
        ops.append(op)
        tensors.append(h)
    p = m.begin(3, "h.backward()", h)
    m.contribute(3, p, -1, -1, ops[-1], h, full(1), 0)
    for i in reversed(range(length)):
        m.visit(3, p, ops[i], tensors[i + 1])
        m.contribute(3, p, ops[i], 0, ops[i - 1] if i else -1, tensors[i], full(2.0 ** min(i, 60)), 0)
        if weighted and i:
            m.contribute(3, p, ops[i], 1, -1, w, full(1), i)
        m.free(3, p, ops[i])
    if weighted:
        m.accumulate(3, p, w)
    m.end(3, p)
    return m.builder.build().checked()
