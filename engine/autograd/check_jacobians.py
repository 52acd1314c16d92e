"""What gradcheck compares: Jacobians by finite differences, and as the derivatives give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, Final

from ..api import FUNCTIONS
from ..dtypes import dtype
from ..rules import TENSORS
from ..tensor import Tensor
from . import forward_ad
from .calls import grad

__all__ = [
    "GradcheckError",
    "analytical_forward",
    "analytical_rows",
    "as_tuple",
    "checked_rows",
    "differentiable",
    "is_inexact",
    "jacobians_twice",
    "numerical_column",
    "numerical_jacobian",
    "numerical_product",
    "requiring_grad",
]

Columns = dict[int, list[Tensor]]


class GradcheckError(RuntimeError):
    """A derivative is not what it should be."""


GradcheckError.__module__ = "torch.autograd.gradcheck"

NOT_REENTRANT: Final = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, although "
    "analytical gradient matches numerical gradient.The tolerance for nondeterminism was {}."
    """

NOTE: If your op relies on non-deterministic operations i.e., it is listed here:
https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
this failure might be expected.

If you are adding a new operator, please file an issue and then use one of the
workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck.
If the test
- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck
  with `nondet_tol=<tol>` as a keyword argument.
- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test
  to have `gradcheck_nondet_tol=<tol>`.
- is a Module test (e.g., in common_nn.py), then modify the corresponding
  module_test entry to have `gradcheck_nondet_tol=<tol>`
"""
)


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A value as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def is_inexact(value: Any) -> bool:
    """Whether a value is a floating point or complex tensor."""
    return isinstance(value, Tensor) and value._value.dtype.kind in "fc"


def differentiable(value: Any) -> tuple[Tensor, ...]:
    """The outputs of a function that require grad."""
    return tuple(o for o in as_tuple(value) if o.requires_grad)


def requiring_grad(inputs: Any) -> Iterator[Tensor]:
    """The tensors that require grad, also those in nested sequences."""
    if isinstance(inputs, Tensor):
        if inputs.requires_grad:
            yield inputs
    elif isinstance(inputs, Iterable) and not isinstance(inputs, str):
        for item in inputs:
            yield from requiring_grad(item)


def _zeros(rows: int, columns: int, kind: dtype) -> Tensor:
    return FUNCTIONS["zeros"](rows, columns, dtype=kind)


# -- by finite differences


def _same_form(first: Tensor, second: Tensor, eps: Any, index: Any = None) -> None:
    """See that moving an input changes no shape and no dtype.

    Raises:
        AssertionError: It does.
    """
    where = "" if index is None else f"on index {index} "
    for name, a, b in (("shape", first.shape, second.shape), ("dtype", first.dtype, second.dtype)):
        if a != b:
            raise AssertionError(
                f"Expected `func` to return outputs with the same {name} when inputs are perturbed {where}by {eps}, but got: {name}s "
                f"{a} and {b}."
            )


def _difference(
    function: Callable[[], tuple[Tensor, ...]], entry: Tensor, step: Any, length: float, check: Callable[[Tensor, Tensor], None]
) -> list[Tensor]:
    """The central difference of each output, when an input is moved by a step either way."""
    before = entry.clone()
    entry.copy_(before - step)
    low = function()
    entry.copy_(before + step)
    high = function()
    entry.copy_(before)
    found = []
    for a, b in zip(low, high, strict=True):
        check(a, b)
        found.append(((b - a) / (2 * length)).detach().reshape(-1))
    return found


def numerical_column(
    fn: Callable[..., Any], inputs: Sequence[Any], entry: Tensor, step: Any, length: float, is_complex: bool, index: Any = None
) -> list[Tensor]:
    """How each output changes with one entry of an input, or with the whole of it along a direction.

    Args:
        fn: The function.
        inputs: What it is called with.
        entry: The part of an input's memory that is moved.
        step: By how much; a pair of steps, for the real and the imaginary part.
        length: The length of a step.
        is_complex: Whether the input is complex.
        index: Which entry it is, for messages.
    """

    def moved() -> tuple[Tensor, ...]:
        return tuple(o.clone() for o in as_tuple(fn(*inputs)))

    def check(a: Tensor, b: Tensor) -> None:
        _same_form(a, b, length, index)

    first, second = step if isinstance(step, tuple) else (step, step)
    real = _difference(moved, entry, first, length, check)
    if not is_complex:
        return real
    imaginary = _difference(moved, entry, second * 1j, length, check)
    return [x + y * 1j for x, y in zip(real, imaginary, strict=True)]


def _with_memory_of(inputs: Sequence[Any], place: int) -> tuple[list[Any], Tensor]:
    """The inputs, and the memory of one of them, to move it by."""
    return list(inputs), inputs[place].data


def numerical_jacobian(
    fn: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any], place: int, eps: float
) -> tuple[Tensor, ...]:
    """For each output that is inexact, a row for each element of an input with how all elements of the output change with it."""
    given, memory = _with_memory_of(inputs, place)
    columns: Columns = {
        number: numerical_column(fn, given, memory[index], eps, eps, memory.is_complex(), index)
        for number, index in enumerate(product(*map(range, memory.shape)))
    }
    kind = inputs[place].dtype
    made = [_zeros(memory.numel(), o.numel(), kind if kind.is_complex else o.dtype) for o in outputs if is_inexact(o)]
    for i, jacobian in enumerate(made):
        for number, found in columns.items():
            jacobian[number] = found[i]
    return tuple(made)


def numerical_product(fn: Callable[..., Any], inputs: Sequence[Any], place: int, direction: Any, eps: float) -> list[Tensor]:
    """How each output changes when an input moves along a direction."""
    given, memory = _with_memory_of(inputs, place)
    if isinstance(direction, tuple):
        step: Any = tuple(eps * d.reshape(memory.shape) for d in direction)
    else:
        step = eps * direction.reshape(memory.shape)
    return numerical_column(fn, given, memory, step, eps, memory.is_complex())


# -- as the derivatives give them


def analytical_rows(gradients: Callable[[Tensor], Sequence[Any]], output: Tensor) -> list[list[Tensor | None]]:
    """For each input, the gradients of all elements of an output with respect to it."""
    seed = TENSORS.zeros_like(output).contiguous()
    flat = seed.view(-1)
    rows: list[list[Tensor | None]] = []
    for j in range(flat.numel()):
        flat.zero_()
        flat[j] = 1.0
        for i, found in enumerate(gradients(seed)):
            if j == 0:
                rows.append([])
            rows[i].append(found.clone() if isinstance(found, Tensor) else None)
    return rows


def _stacked(rows: Sequence[Sequence[Tensor | None]], inputs: Sequence[Tensor], count: int) -> tuple[list[Tensor], bool, bool]:
    """(a Jacobian for each input, whether all gradients had its size, whether its dtype)."""
    made = [_zeros(t.numel(), count, t.dtype) for t in inputs]
    sizes = types = True
    for jacobian, given, gradients in zip(made, inputs, rows, strict=False):
        for j, gradient in enumerate(gradients):
            if gradient is None:
                continue
            if gradient.shape != given.shape:
                sizes = False
            elif gradient.dtype is not given.dtype:
                types = False
            if gradient.numel() != jacobian.shape[0]:
                raise AssertionError(
                    f"Expected out_jacobian column to have {gradient.numel()} elements, but got {jacobian.shape[0]}"
                )
            jacobian[:, j] = gradient.reshape(-1)
    return made, sizes, types


def checked_rows(
    inputs: Any, output: Tensor, nondet_tol: float, check_grad_dtypes: bool, direction: Tensor | None = None
) -> list[Tensor]:
    """The Jacobian of an output with respect to each input, or its product with a direction; computed twice.

    Raises:
        GradcheckError: Gradients have a wrong size, or (if that is to be checked) dtype, or differ from one time to the other.
    """
    jacobians, reentrant, sizes, types = jacobians_twice(inputs, output, nondet_tol, direction)
    if not types and check_grad_dtypes:
        raise GradcheckError("Gradient has dtype mismatch")
    if not sizes:
        raise GradcheckError("Analytical gradient has incorrect size")
    if not reentrant:
        raise GradcheckError(NOT_REENTRANT.format(nondet_tol))
    return list(jacobians)


def jacobians_twice(
    inputs: Any, output: Tensor, nondet_tol: float, direction: Tensor | None = None
) -> tuple[tuple[Tensor, ...], bool, bool, bool]:
    """(the Jacobians, whether they were twice the same, whether gradients had the right sizes, the right dtypes)."""
    wanted = list(requiring_grad(inputs))

    def gradients(seed: Tensor) -> Any:
        return grad(output, wanted, seed, retain_graph=True, allow_unused=True)

    def found() -> tuple[list[Tensor], bool, bool]:
        if direction is None:
            return _stacked(analytical_rows(gradients, output), wanted, output.numel())
        products = gradients(direction.reshape(output.shape))
        return _stacked([[p.clone() if isinstance(p, Tensor) else None] for p in products], wanted, 1)

    first, sizes, types = found()
    second, _, _ = found()
    same = not any(a.numel() and (a - b).abs().max() > nondet_tol for a, b in zip(first, second, strict=True))
    return tuple(first), same, sizes, types


def analytical_forward(
    fn: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    check_grad_dtypes: bool = False,
    directions: Sequence[Tensor] | None = None,
) -> list[list[Tensor]]:
    """For each input, the Jacobian of each output by forward mode, or its product with a direction.

    Raises:
        GradcheckError: A tangent is complex and its value is not, or the other way round.
    """
    wanted = [i for i in inputs if isinstance(i, Tensor) and i.requires_grad]
    if any(i.is_complex() for i in wanted):
        raise ValueError("Expected inputs to be non-complex for _get_analytical_jacobian_forward_ad.")
    kinds = [o for o in outputs if is_inexact(o)]
    jacobians = [[_zeros(1 if directions else i.numel(), o.numel(), o.dtype) for o in kinds] for i in wanted]
    with forward_ad.dual_level():
        duals = [
            forward_ad.make_dual(i.detach(), TENSORS.zeros_like(i.detach())) if isinstance(i, Tensor) and i.requires_grad else i
            for i in inputs
        ]
        tangents = [forward_ad.unpack_dual(d).tangent for d in duals if isinstance(d, Tensor)]
        moving = [t for t in tangents if t is not None]

        def write(jacobian: list[Tensor], row: int) -> None:
            results = [o for o in as_tuple(fn(*duals)) if is_inexact(o)]
            for target, result in zip(jacobian, results, strict=False):
                value, tangent = forward_ad.unpack_dual(result)
                if tangent is None:
                    continue
                if check_grad_dtypes and value.is_complex() != tangent.is_complex():
                    raise GradcheckError("Forward AD gradient has dtype mismatch.")
                target[row] = tangent.detach().reshape(-1)

        for place, tangent in enumerate(moving):
            if directions:
                tangent.copy_(directions[place].view_as(tangent))
                write(jacobians[place], 0)
                tangent.zero_()
                jacobians[place] = [j.squeeze(0) for j in jacobians[place]]
                continue
            for number, index in enumerate(product(*map(range, tangent.shape))):
                tangent[index] = 1.0
                write(jacobians[place], number)
                tangent[index] = 0.0
    return jacobians
