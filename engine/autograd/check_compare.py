"""How gradcheck compares: whole Jacobians, or one product with each; complex functions part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..api import FUNCTIONS
from ..dtypes import promote_types
from ..random import Generator
from ..tensor import Tensor
from . import check_jacobians, check_support
from .check_jacobians import GradcheckError, as_tuple, differentiable, is_inexact

__all__ = ["Check", "compare", "fast", "slow"]

SLOW_WOULD_DO: Final = """Fast gradcheck failed but element-wise differences are small. This means that the
test might've passed in slow_mode!

If you are adding a new operator, please file an issue and then use one of the
workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck:

If the test
- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck
  with `fast_mode=False` as a keyword argument.
- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test
  to have `gradcheck_fast_mode=False`
- is a Module test (e.g., in common_nn.py), then modify the corresponding
  module_test entry to have `gradcheck_fast_mode=False`"""


@dataclass(frozen=True)
class Check:
    """One comparison.

    Attributes:
        func: The function.
        func_out: What it returned.
        inputs: What it was called with.
        outputs: What it returned that requires grad.
        eps: How far inputs are moved.
        rtol: The relative tolerance.
        atol: The absolute tolerance.
        check_grad_dtypes: Whether gradients of another dtype are errors.
        nondet_tol: How far a gradient may differ from one time to the other.
        forward: Whether it is forward mode that is checked.
        complex_places: Which outputs (inputs, in forward mode) are complex, if only one of their parts is looked at.
        imaginary: Whether that is the imaginary part.
    """

    func: Callable[..., Any]
    func_out: Any
    inputs: Sequence[Any]
    outputs: Sequence[Tensor]
    eps: float
    rtol: float
    atol: float
    check_grad_dtypes: bool
    nondet_tol: float
    forward: bool = False
    complex_places: Sequence[int] = ()
    imaginary: bool = False

    def places(self) -> list[int]:
        """Which inputs require grad."""
        return [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad]

    def numerical(self) -> list[tuple[Tensor, ...]]:
        """The Jacobians by finite differences: for each input, of each output."""
        outputs = as_tuple(self.func_out)
        if not self.forward and any(o.is_complex() for o in outputs):
            raise ValueError(
                "Expected output to be non-complex. get_numerical_jacobian no longer supports functions that return complex outputs."
            )
        return [check_jacobians.numerical_jacobian(self.func, self.inputs, outputs, place, self.eps) for place in self.places()]

    def mismatch(self, analytical: Any, numerical: Any, output: int, given: int) -> str:
        """What to say of two Jacobians that differ."""
        place = given if self.forward else output
        start = ""
        if place in self.complex_places:
            part, what = "imaginary" if self.imaginary else "real", "inputs" if self.forward else "outputs"
            start = f"While considering the {part} part of complex {what} only, "
        mode = "computed with forward mode " if self.forward else ""
        return (
            f"{start}Jacobian {mode}mismatch for output {output} with respect to input {given},\nnumerical:{numerical}\n"
            f"analytical:{analytical}\n"
        )


def _close(a: Tensor, b: Tensor, rtol: float, atol: float) -> bool:
    kind = promote_types(a.dtype, b.dtype)
    return bool(FUNCTIONS["allclose"](a.to(kind), b.to(kind), rtol, atol))


def slow(check: Check) -> None:
    """Compare whole Jacobians.

    Raises:
        GradcheckError: They differ.
    """
    if not check.outputs:
        for by_output in check.numerical():
            for jacobian in by_output:
                if (jacobian != 0).sum() > 0:
                    raise GradcheckError("Numerical gradient for function expected to be zero")
        return
    func_out = as_tuple(check.func_out)
    numerical = [
        found for output, found in zip(func_out, zip(*check.numerical(), strict=True), strict=False) if output.requires_grad
    ]
    if check.forward:
        forward = check_jacobians.analytical_forward(check.func, check.inputs, func_out, check.check_grad_dtypes)
        for i, found in enumerate(numerical):
            for j, n in enumerate(found):
                if not _close(forward[j][i], n, check.rtol, check.atol):
                    raise GradcheckError(check.mismatch(forward[j][i], n, i, j))
        return
    for i, output in enumerate(check.outputs):
        rows = check_jacobians.checked_rows(check.inputs, output, check.nondet_tol, check.check_grad_dtypes)
        for j, (a, n) in enumerate(zip(rows, numerical[i], strict=True)):
            if not _close(a, n, check.rtol, check.atol):
                raise GradcheckError(check.mismatch(a, n, i, j))


# -- one product with a vector on either side instead of the whole


def _direction(like: Tensor, generator: Generator, real: bool = False) -> Tensor:
    kind = like.dtype.to_real() if real and like.is_complex() else like.dtype
    vector: Tensor = FUNCTIONS["rand"](like.numel(), generator=generator).to(kind)
    vector /= vector.norm()
    return vector


def _directions(inputs: Sequence[Tensor], outputs: Sequence[Tensor], forward: bool) -> tuple[list[Any], list[Tensor] | None]:
    """A direction for each input (two for a complex one) and, in reverse mode, for each output."""
    generator = Generator()
    at_inputs: list[Any] = []
    for given in inputs:
        first = _direction(given, generator, real=True)
        at_inputs.append((first, _direction(given, generator, real=True)) if given.is_complex() else first)
    return at_inputs, None if forward else [_direction(o, generator) for o in outputs]


def fast(check: Check) -> None:
    """Compare one product with each Jacobian.

    Raises:
        GradcheckError: They differ.
    """
    places = check.places()
    func_out = as_tuple(check.func_out)
    at_inputs, at_outputs = _directions([check.inputs[p] for p in places], check.outputs, check.forward)
    numerical: list[list[Any]] = []
    for place, direction in zip(places, at_inputs, strict=True):
        columns = check_jacobians.numerical_product(check.func, check.inputs, place, direction, check.eps)
        inexact = [c for c, o in zip(columns, func_out, strict=True) if is_inexact(o)]
        numerical.append(inexact if at_outputs is None else [(v * c).sum() for v, c in zip(at_outputs, inexact, strict=False)])
    analytical: list[list[Any]]
    if at_outputs is None:
        analytical = check_jacobians.analytical_forward(check.func, check.inputs, func_out, check.check_grad_dtypes, at_inputs)
    else:
        if not check.outputs:
            _expect_nothing(check, places, at_inputs)
        by_output = [
            [_dot(row.t().squeeze(0), u) for row, u in zip(rows, at_inputs, strict=True)]
            for rows in (
                check_jacobians.checked_rows(check.inputs, o, check.nondet_tol, check.check_grad_dtypes, v)
                for o, v in zip(check.outputs, at_outputs, strict=True)
            )
        ]
        analytical = [list(column) for column in zip(*by_output, strict=True)]
    for i, found in enumerate(numerical):
        for j, n in enumerate(found):
            a = analytical[i][j]
            atol = check.atol * _sum(at_inputs[i]) * (1.0 if at_outputs is None else _sum(at_outputs[j]))
            if not _close(a, n, check.rtol, atol):
                raise GradcheckError(check.mismatch(a, n, j, i) + _slow_after_all(check, i, j))


def _expect_nothing(check: Check, places: Sequence[int], directions: Sequence[Any]) -> None:
    for place, direction in zip(places, directions, strict=True):
        for column in check_jacobians.numerical_product(check.func, check.inputs, place, direction, check.eps):
            if column.numel() and column.abs().max() > check.nondet_tol:
                raise GradcheckError("Numerical gradient for function expected to be zero")


def _dot(row: Tensor, direction: Any) -> Tensor:
    if row.is_complex():
        return row.real.dot(direction[0]) + 1j * row.imag.dot(direction[1])
    found: Tensor = row.dot(direction)
    return found


def _sum(vector: Any) -> float:
    return float(vector[0].sum()) + float(vector[1].sum()) if isinstance(vector, tuple) else float(vector.sum())


def _slow_after_all(check: Check, given: int, output: int) -> str:
    """The whole Jacobians, for the message."""
    place = check.places()[given]
    numerical = check.numerical()[given][output]
    if check.forward:

        def only(value: Any) -> Any:
            changed = list(check.inputs)
            changed[place] = value
            return as_tuple(check.func(*changed))[output]

        analytical = check_jacobians.analytical_forward(only, (check.inputs[place],), (check.outputs[output],))[0][0]
    else:
        analytical = check_jacobians.checked_rows(check.inputs, check.outputs[output], float("inf"), False)[given]
    text = (
        "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
        "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
        "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
        f"Numerical:\n {numerical}\nAnalytical:\n{analytical}\n\n"
        f"The max per-element difference (slow mode) is: {(numerical - analytical).abs().max()}.\n"
    )
    return text + (SLOW_WOULD_DO if FUNCTIONS["allclose"](analytical, numerical, check.rtol, check.atol) else "")


# -- complex functions, part by part


def _parts_of_outputs(func: Callable[..., Any], part: str) -> Callable[..., Any]:
    def chosen(*inputs: Any) -> Any:
        return tuple(getattr(o, part) if o.is_complex() else o for o in as_tuple(func(*inputs)))

    return chosen


def _parts_of_inputs(func: Callable[..., Any], places: Sequence[int], inputs: Sequence[Any], part: str) -> Callable[..., Any]:
    def chosen(*given: Any) -> Any:
        changed = list(given)
        for place in places:
            other = inputs[place]
            changed[place] = changed[place] + other.imag * 1j if part == "real" else other.real + changed[place] * 1j
        return as_tuple(func(*changed))

    return chosen


def compare(check: Check, compared: Callable[[Check], None], forward: bool, backward: bool, undefined: bool) -> None:
    """Check both modes, and the real and the imaginary part of what is complex one after the other."""
    if backward and any(o.is_complex() for o in as_tuple(check.func_out)):
        places = [i for i, o in enumerate(check.outputs) if o.is_complex()]
        for part in ("imag", "real"):
            func = _parts_of_outputs(check.func, part)
            found = func(*check.inputs)
            compared(
                replace(
                    check,
                    func=func,
                    func_out=found,
                    outputs=differentiable(found),
                    complex_places=places,
                    imaginary=part == "imag",
                )
            )
    elif backward:
        compared(check)
    if not forward:
        return
    places = [i for i, x in enumerate(check.inputs) if isinstance(x, Tensor) and x.is_complex()]
    checks = [replace(check, forward=True)]
    if places:
        checks = []
        for part in ("imag", "real"):
            func = _parts_of_inputs(check.func, places, check.inputs, part)
            inputs = [getattr(x, part) if i in places else x for i, x in enumerate(check.inputs)]
            found = func(*inputs)
            checks.append(
                replace(
                    check,
                    func=func,
                    func_out=found,
                    inputs=inputs,
                    outputs=differentiable(found),
                    forward=True,
                    complex_places=places,
                    imaginary=part == "imag",
                )
            )
    for one in checks:
        compared(one)
    if undefined:
        for one in checks:
            directions, _ = _directions([one.inputs[p] for p in one.places()], (), True)
            check_support.check_undefined_forward(one.func, one.inputs, directions)
