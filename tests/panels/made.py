"""Recordings made by hand, row by row, so that the panels' tests need neither engine nor worker."""

from __future__ import annotations

import numpy as np

from gradviz.recording import Budget, Cut, Kind, Mode, Recording, RecordingBuilder

SCRIPT = """import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y
with torch.no_grad():
    w = y ** 3
k = (x * 2).detach()
out = z.mean()
print("before")
out.backward()
print("after")
out2 = x.sum()
out2.backward()
"""

Sent = tuple[int, str, int, np.ndarray]


class Maker:
    """Writes the rows of a small program's run."""

    def __init__(self, script: str = SCRIPT, budget: Budget | None = None) -> None:
        self.builder = RecordingBuilder({"script": script, "filename": "made.py", "trusted": False}, budget)
        self.lines = script.splitlines()
        self.grads: dict[int, np.ndarray] = {}
        self.sums: dict[int, np.ndarray] = {}
        self.objects = 0

    def event(self, kind: Kind, line: int, **cells: int) -> int:
        width = len(self.lines[line - 1]) if line else 0
        return self.builder.event(kind, line=line, end_line=line, end_col=width, **cells)

    def tensor(
        self, array: np.ndarray, event: int, *, op: int = -1, requires: bool = False, maker: str = "", **more: int
    ) -> int:
        b = self.builder
        self.objects += 1
        shape = ",".join(map(str, array.shape))
        mode = more.pop("mode", 0)
        row = {"storage": self.objects, "base": -1, "version": 0, **more}
        return b.add(
            "tensors",
            *(self.objects, b.string(shape), b.string(array.dtype.name), int(requires), int(op < 0 or not requires), op, 0),
            *(row["storage"], row["base"], row["version"], mode, event, b.string(maker) if maker else -1),
        )

    def name(self, tensor: int, name: str, event: int) -> None:
        self.builder.add("names", tensor, self.builder.string(name), event)

    def create(self, array: np.ndarray, line: int, name: str, *, requires: bool = False, maker: str = "ones") -> int:
        event = len(self.builder)
        tensor = self.tensor(array, event, requires=requires, maker=maker)
        self.event(Kind.CREATE, line, tensor=tensor, value=self.builder.value(array), text=self.builder.string(maker))
        self.name(tensor, name, event)
        return tensor

    def op(
        self,
        line: int,
        op: str,
        inputs: list[tuple[str, int | str, str, Cut]],
        array: np.ndarray,
        *,
        node: str = "",
        name: str = "",
        formula: str = "",
        kind: Kind = Kind.OP,
        mode: Mode = Mode.GRAD,
        region: int = -1,
        saves: tuple[str, ...] = (),
    ) -> tuple[int, int]:
        """Inputs are (parameter, tensor or literal, derivative in words, cut); returns op and output tensor."""
        b, event = self.builder, len(self.builder)
        number = b.count("ops")
        row = b.add(
            "ops", b.string(op), b.string(node) if node else -1, b.string(formula), number, int(mode), region, -1, event
        )
        slot = 0
        for place, (parameter, what, rule, cut) in enumerate(inputs):
            is_tensor = isinstance(what, int)
            crosses = is_tensor and bool(node) and cut is Cut.NONE
            b.add(
                "inputs",
                *(row, place, b.string(parameter), what if is_tensor else -1, -1 if is_tensor else b.string(str(what))),
                *(slot if crosses else -1, int(cut), b.string(rule)),
            )
            slot += crosses
            if is_tensor and parameter in saves:
                b.add("saved", row, b.string(parameter), what, -1, 0)
        tensor = self.tensor(array, event, op=row, requires=bool(node), mode=int(mode))
        b.add("outputs", row, 0, tensor, b.value(array))
        self.event(kind, line, op=row, tensor=tensor, region=region, text=b.string(op))
        if name:
            self.name(tensor, name, event)
        return row, tensor

    def begin(self, line: int, label: str, root: int) -> int:
        b = self.builder
        self.sums = {}
        number = b.add("passes", b.string("backward"), b.string(label), root, 0, 0, len(b))
        self.event(Kind.PASS_BEGIN, line, **{"pass": number})
        return number

    def contribute(
        self, line: int, number: int, peer: int, slot: int, op: int, tensor: int, grad: np.ndarray, left: int
    ) -> None:
        b, before = self.builder, self.sums.get(tensor)
        after = grad if before is None else before + grad
        self.sums[tensor] = after
        cells = {"pass": number, "peer": peer, "slot": slot, "op": op, "output": 0, "tensor": tensor, "pending": left}
        held = -1 if before is None else b.value(before)
        self.event(Kind.CONTRIBUTION, line, value=b.value(grad), before=held, after=b.value(after), **cells)

    def visit(self, line: int, number: int, op: int, tensor: int) -> None:
        value = self.builder.value(self.sums[tensor])
        self.event(Kind.VISIT, line, op=op, tensor=tensor, value=value, **{"pass": number})

    def accumulate(self, line: int, number: int, tensor: int) -> None:
        b, before, grad = self.builder, self.grads.get(tensor), self.sums[tensor]
        after = grad if before is None else before + grad
        self.grads[tensor] = after
        held = -1 if before is None else b.value(before)
        self.event(Kind.VISIT, line, tensor=tensor, value=b.value(grad), **{"pass": number})
        self.event(
            Kind.ACCUMULATE, line, tensor=tensor, before=held, value=b.value(grad), after=b.value(after), **{"pass": number}
        )

    def free(self, line: int, number: int, op: int) -> None:
        self.event(Kind.FREE, line, op=op, **{"pass": number})

    def end(self, line: int, number: int) -> None:
        self.event(Kind.PASS_END, line, **{"pass": number})

    def output(self, line: int, text: str, *, error: bool = False) -> None:
        self.event(Kind.OUTPUT, line, text=self.builder.string(text), flag=int(error))

    def error(self, line: int, kind: str, type_: str, message: str, advice: str = "") -> None:
        b = self.builder
        event = self.event(Kind.ERROR, line) if kind not in ("refused", "syntax") else -1
        texts = (b.string(text) for text in (kind, type_, message, advice, ""))
        b.add("errors", event, *texts, line, 0, line, len(self.lines[line - 1]))


def full(number: float, *shape: int) -> np.ndarray:
    return np.full(shape, number, np.float32)


def seed_recording() -> Recording:
    """The run of `SCRIPT`: two passes, a no_grad region and a detach."""
    m = Maker()
    b = m.builder
    no = Cut.NONE
    x = m.create(full(1, 2, 2), 3, "x", requires=True)
    add, y = m.op(
        4,
        "add",
        [("self", x, "grad", no), ("other", "2", "", no), ("alpha", "1", "", no)],
        full(3, 2, 2),
        node="AddBackward0",
        name="y",
        formula="self + alpha * other",
    )
    mul, z = m.op(
        5,
        "mul",
        [("self", y, "grad * other", no), ("other", y, "grad * self", no)],
        full(9, 2, 2),
        node="MulBackward0",
        name="z",
        formula="self * other",
        saves=("self", "other"),
    )
    region = b.add("regions", b.string("no_grad"), -1, 6, 7, len(b))
    m.event(Kind.MODE_ENTER, 6, region=region, text=b.string("no_grad"))
    m.op(
        7,
        "pow",
        [("self", y, "", Cut.NO_GRAD), ("exponent", "3", "", no)],
        full(27, 2, 2),
        name="w",
        mode=Mode.NO_GRAD,
        region=region,
    )
    m.event(Kind.MODE_EXIT, 7, region=region, text=b.string("no_grad"))
    _, twice = m.op(8, "mul", [("self", x, "grad * other", no), ("other", "2", "", no)], full(2, 2, 2), node="MulBackward0")
    m.op(8, "detach", [("self", twice, "", Cut.DETACH)], full(2, 2, 2), name="k", kind=Kind.DETACH)
    mean, out = m.op(9, "mean", [("self", z, "grad / self.numel()", no)], full(9), node="MeanBackward0", name="out")
    m.output(10, "before\n")
    p = m.begin(11, "out.backward()", out)
    m.contribute(11, p, -1, -1, mean, out, full(1), 0)
    m.visit(11, p, mean, out)
    m.contribute(11, p, mean, 0, mul, z, full(0.25, 2, 2), 0)
    m.free(11, p, mean)
    m.visit(11, p, mul, z)
    m.contribute(11, p, mul, 0, add, y, full(0.75, 2, 2), 1)
    m.contribute(11, p, mul, 1, add, y, full(0.75, 2, 2), 0)
    m.free(11, p, mul)
    m.visit(11, p, add, y)
    m.contribute(11, p, add, 0, -1, x, full(1.5, 2, 2), 0)
    m.free(11, p, add)
    m.accumulate(11, p, x)
    m.end(11, p)
    m.output(12, "after\n")
    total, out2 = m.op(13, "sum", [("self", x, "grad.expand(self.shape)", no)], full(4), node="SumBackward0", name="out2")
    p = m.begin(14, "out2.backward()", out2)
    m.contribute(14, p, -1, -1, total, out2, full(1), 0)
    m.visit(14, p, total, out2)
    m.contribute(14, p, total, 0, -1, x, full(1, 2, 2), 0)
    m.accumulate(14, p, x)
    m.end(14, p)
    return b.build().checked()


def find(recording: Recording, kind: Kind, nth: int = 0) -> int:
    """The number of the nth event of a kind."""
    return int(np.flatnonzero(recording.column("events", "kind") == kind)[nth])
