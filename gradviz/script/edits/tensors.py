"""Adding tensors."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gradviz.script.changes import Change, Edited, EditRefused
from gradviz.script.edits.work import Work
from gradviz.script.effects import is_random
from gradviz.script.insertion import anchor, insert_after, module_names, with_imports
from gradviz.script.naming import check_new, pick
from gradviz.script.program import Program

_SMALL: Final = 64  # elements of a file that are written out as numbers
_WHOLE: Final = re.compile(r"[+-]?\d[\d_]*")
_NOT_FLOATS: Final = ("int", "long", "short", "uint", "bool")

Shape = Sequence[int]


@dataclass(frozen=True, slots=True)
class Ones:
    """Ones of a shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Zeros:
    """Zeros of a shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Full:
    """One number, as typed, over a shape."""

    shape: Shape
    value: str


@dataclass(frozen=True, slots=True)
class Arange:
    """Numbers in a row; start, end and step as typed, "" for none."""

    end: str
    start: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Randn:
    """Normal random numbers.

    Attributes:
        shape: The shape.
        seed: What the generator is seeded with: where the script seeds it with that already, nothing is added. None leaves the
            generator as it is.
    """

    shape: Shape
    seed: int | None = None


@dataclass(frozen=True)
class Values:
    """Numbers as typed in a small grid.

    Attributes:
        rows: The cells as typed; a single number, a row, or rows of rows.
    """

    rows: str | Sequence[object]


@dataclass(frozen=True, slots=True)
class FromFile:
    """The array in a `.npy` file.

    The numbers of a small one are written into the script, which then needs the file no more. A large one is loaded by the
    script each time it runs: only a trusted script may do that, and the edit's ``note`` says so.
    """

    path: str


Source = Ones | Zeros | Full | Arange | Randn | Values | FromFile


@dataclass(frozen=True)
class AddTensor:
    """A new tensor: `x = torch.ones(2, 2, requires_grad=True)`.

    Attributes:
        source: Where its values come from.
        requires_grad: Whether it needs a gradient.
        dtype: Its dtype ("float64"), "" for what the values have.
        name: The variable, "" to pick one.
    """

    source: Source
    requires_grad: bool = False
    dtype: str = ""
    name: str = ""

    def apply(self, text: str) -> Edited:
        """Adds it with the forward computation: behind what is there, before the next backward pass.

        Raises:
            EditRefused: A value is no number, the name is taken, or a tensor of whole numbers should need a gradient.
        """
        work = Work(text)
        program = work.program
        if self.name:
            check_new(program, self.name)
        name = self.name or pick(program)
        call, note = self._call(program)
        random = is_random(ast.parse(call))
        seed, elsewhere = self._seed(program)
        where = anchor(program, (), (), random=random)
        lines = [*seed, f"{name} = {call}"]
        work.apply(with_imports(program, insert_after(program, where, lines), "\n".join((*lines, *elsewhere))))
        if elsewhere:
            work.apply([_seeded(work.program, elsewhere)])
        return work.done(f"Add tensor {name}", select=[name], note=note)

    def _call(self, program: Program) -> tuple[str, str]:
        """The expression, and what the user should know of it."""
        modules = module_names(program)
        torch, dtype, note = modules["torch"], self.dtype, ""
        source = self.source
        keywords: list[str] = []
        whole = False
        match source:
            case Ones(shape) | Zeros(shape) | Randn(shape):
                function = {Ones: "ones", Zeros: "zeros", Randn: "randn"}[type(source)]
                arguments = _sizes(shape)
            case Full(shape, value):
                value = _number(value)
                whole = bool(_WHOLE.fullmatch(value))
                if whole and self.requires_grad and not dtype:
                    value, whole = value + ".0", False
                function, arguments = "full", [_tuple(shape), value]
            case Arange(end, start, step):
                numbers = [_number(one) for one in ((start or "0", end, step) if step else (start, end)) if one]
                whole = all(_WHOLE.fullmatch(one) for one in numbers)
                if whole and self.requires_grad and not dtype:
                    numbers[-1 if not step else 1] += ".0"
                    whole = False
                function, arguments = "arange", numbers
            case Values(rows):
                function = "tensor"
                cells, whole = _literal(rows, floats=self.requires_grad and not dtype)
                arguments = [cells]
            case FromFile(path):
                return self._from_file(path, modules)
        if dtype:
            keywords.append(f"dtype={torch}.{_dtype(dtype)}")
        if self.requires_grad:
            if dtype.startswith(_NOT_FLOATS) or (whole and not dtype):
                raise EditRefused("Only Tensors of floating point and complex dtype can require gradients.")
            keywords.append("requires_grad=True")
        return f"{torch}.{function}({', '.join((*arguments, *keywords))})", note

    def _from_file(self, path: str, modules: Mapping[str, str]) -> tuple[str, str]:
        import numpy as np

        torch = modules["torch"]
        try:
            array = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no .npy file of numbers"
            raise EditRefused(f"{Path(path).name} cannot be read: {reason}.") from None
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            raise EditRefused(f"{Path(path).name} holds no array of real numbers.")
        known = {"float32": "", "int64": "", "bool": ""}
        if array.dtype.name not in (*known, "float64", "float16", "int32", "int16", "int8", "uint8"):
            raise EditRefused(f"{Path(path).name} holds {array.dtype.name}, which is no dtype of PyTorch's.")
        dtype = _dtype(self.dtype) if self.dtype else known.get(array.dtype.name, array.dtype.name)
        if self.requires_grad and (self.dtype or array.dtype.name).startswith(_NOT_FLOATS):
            raise EditRefused("Only Tensors of floating point and complex dtype can require gradients.")
        if array.size > _SMALL:
            call = f"{torch}.from_numpy({modules['np']}.load({str(path)!r}))"
            call += f".to({torch}.{_dtype(self.dtype)})" if self.dtype else ""
            note = "The script reads a file when it runs, which only a trusted script may do."
            return call + (".requires_grad_()" if self.requires_grad else ""), note
        keywords = [f"dtype={torch}.{dtype}"] if dtype else []
        if self.requires_grad:
            keywords.append("requires_grad=True")
        return f"{torch}.tensor({', '.join((_array_text(array.tolist(), array.dtype), *keywords))})", ""

    def _seed(self, program: Program) -> tuple[list[str], list[str]]:
        """The lines that seed the generator: right before the tensor, and at the script's beginning."""
        seed = self.source.seed if isinstance(self.source, Randn) else None
        if seed is None:
            return [], []
        line = f"{module_names(program)['torch']}.manual_seed({seed})"
        others = [statement for statement in program.tree.body if is_random(statement)]
        if not others:
            return [], [line]
        first = others[0]
        known = isinstance(first, ast.Expr) and re.sub(r"\s", "", program.source(first)) == line
        return ([], []) if known else ([line], [])


def _seeded(program: Program, lines: Sequence[str]) -> Change:
    """The seed, behind the imports."""
    body = program.tree.body
    head = [one for one in body if isinstance(one, (ast.Import, ast.ImportFrom))]
    at = program.line_stop(program.lines(head[-1])[-1])
    end = program.ending(program.lines(head[-1])[-1])
    return Change(at, at, "".join((end, *(end + line for line in lines))))


def _sizes(shape: Shape) -> list[str]:
    if any(size < 0 for size in shape):
        raise EditRefused("A size cannot be negative.")
    return [str(size) for size in shape] or ["()"]


def _tuple(shape: Shape) -> str:
    sizes = ", ".join(_sizes(shape)) if shape else ""
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def _dtype(name: str) -> str:
    name = name.removeprefix("torch.")
    if not name.isidentifier():
        raise EditRefused(f"“{name}” is no dtype.")
    return name


def _number(typed: str) -> str:
    """A number as typed, made Python."""
    text = typed.strip().replace("−", "-")
    if text.lower().lstrip("+-") in ("inf", "infinity", "nan"):
        return f'float("{text.lower()}")'
    try:
        value = ast.literal_eval(text.lstrip("+"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        value = None
    if text.lower() in ("true", "false"):
        return text.title()
    if isinstance(value, bool) or not isinstance(value, (int, float, complex)):
        raise EditRefused(f"“{typed}” is no number." if typed.strip() else "Type a number into every cell.")
    return text.lstrip("+")


def _cells(rows: object) -> list[str]:
    if isinstance(rows, (list, tuple)):
        return [cell for row in rows for cell in _cells(row)]
    return [_number(str(rows))]


def _shape(rows: object) -> tuple[int, ...]:
    if not isinstance(rows, (list, tuple)):
        return ()
    shapes = {_shape(row) for row in rows}
    if len(shapes) > 1:
        raise EditRefused("Every row must have the same number of cells.")
    return (len(rows), *(shapes.pop() if shapes else ()))


def _literal(rows: object, floats: bool) -> tuple[str, bool]:
    """Typed numbers as nested lists, all floating point if one is; and whether all are whole."""
    _shape(rows)
    cells = _cells(rows)
    whole = bool(cells) and all(_WHOLE.fullmatch(cell) for cell in cells)
    truths = any(cell in ("True", "False") for cell in cells)
    as_floats = (floats or not whole) and not truths

    def text(part: object) -> str:
        if isinstance(part, (list, tuple)):
            return f"[{', '.join(map(text, part))}]"
        cell = _number(str(part))
        return cell + ".0" if as_floats and _WHOLE.fullmatch(cell) else cell

    return text(rows), (whole and not floats) or truths


def _array_text(values: object, dtype: object) -> str:
    """An array's elements as nested lists, in as few digits as give the very same numbers."""
    import numpy as np

    kind = np.dtype(dtype)  # type: ignore[call-overload]

    def text(value: object) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(text, value))}]"
        if not isinstance(value, float):
            return repr(value)
        if not math.isfinite(value):
            return f'float("{value}")'
        return repr(float(str(kind.type(value))))

    return text(values)
