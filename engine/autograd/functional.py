"""torch.autograd.functional: products with Jacobians and Hessians, and these themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..grad_mode import enable_grad, set_grad_enabled
from ..modes import state
from ..rules import TENSORS
from ..tensor import Tensor
from ..transforms.tracking import Tracking
from .functional_parts import (
    Tensors,
    as_tuple,
    check_dependent,
    check_single,
    filled,
    finished,
    given_v,
    gradients_of,
    outputs_of,
    prepared,
    unpacked,
    unpacked_twice,
)

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output of a function, and the product of a vector with its Jacobian.

    Args:
        func: Takes tensors, returns a tensor or a tuple of tensors.
        inputs: The tensor, or the tuple of tensors, it is called with.
        v: Shaped as the output; may be left out for one single number.
        create_graph: Whether the results are differentiable.
        strict: Whether an output that does not depend on an input is an error; else its derivative is zero.

    Returns:
        (output, product); the product is shaped as the inputs.
    """
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "vjp")
        given = prepared(given, create_graph, need_graph=True)
        several_out, outputs = outputs_of(func(*given), "vjp")
        check_dependent(outputs, "outputs", strict)
        vectors: Tensors | None = None
        if v is not None:
            vectors = given_v(v, create_graph, outputs, several_out, "vjp")
        elif len(outputs) != 1 or outputs[0].nelement() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
            )
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = filled(gradients_of(outputs, given, vectors, create_graph), given, strict, create_graph, "back")
    return unpacked(finished(outputs, create_graph), several_out), unpacked(finished(product, create_graph), several)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output of a function, and the product of its Jacobian with a vector, by differentiating backwards twice.

    Args:
        func: Takes tensors, returns a tensor or a tuple of tensors.
        inputs: The tensor, or the tuple of tensors, it is called with.
        v: Shaped as the inputs; may be left out for one single number.
        create_graph: Whether the results are differentiable.
        strict: Whether an output that does not depend on an input is an error; else its derivative is zero.

    Returns:
        (output, product); the product is shaped as the output.
    """
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "jvp")
        given = prepared(given, create_graph, need_graph=True)
        vectors: Tensors | None = None
        if v is not None:
            vectors = given_v(v, create_graph, given, several, "jvp")
        else:
            check_single(given)
        several_out, outputs = outputs_of(func(*given), "jvp")
        check_dependent(outputs, "outputs", strict)
        # The gradient is a linear function of these, so it does not matter what they are.
        seeds = tuple(TENSORS.zeros_like(o).requires_grad_() for o in outputs)
        rows = gradients_of(outputs, given, seeds, create_graph=True)
        check_dependent(rows, "grad_inputs", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = filled(gradients_of(rows, seeds, vectors, create_graph), outputs, strict, create_graph, "back_trick")
    return unpacked(finished(outputs, create_graph), several_out), unpacked(finished(product, create_graph), several_out)


def _twice(
    func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str
) -> tuple[bool, Tensors, Tensors | None, bool, Tensors, Sequence[Tensor | None]]:
    """What hvp and vhp begin with: inputs, vectors, outputs and the first gradient."""
    several, given = as_tuple(inputs, "inputs", name)
    given = prepared(given, create_graph, need_graph=True)
    vectors: Tensors | None = None
    if v is not None:
        vectors = given_v(v, create_graph, given, several, name)
    else:
        check_single(given)
    several_out, outputs = outputs_of(func(*given), name)
    check_dependent(outputs, "outputs", strict)
    if several_out:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    jacobian_row = gradients_of(outputs, given, create_graph=True)
    check_dependent(jacobian_row, "jacobian", strict)
    return several, given, vectors, several_out, outputs, jacobian_row


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output of a function, and the product of a vector with its Hessian; the arguments are those of `jvp`.

    Args:
        func: Takes tensors, returns a tensor of one element.
        inputs: The tensor, or the tuple of tensors, it is called with.
        v: Shaped as the inputs; may be left out for one single number.
        create_graph: Whether the results are differentiable.
        strict: Whether an output that does not depend on an input is an error; else its derivative is zero.

    Returns:
        (output, product); the product is shaped as the inputs.
    """
    with enable_grad():
        several, given, vectors, several_out, outputs, row = _twice(func, inputs, v, create_graph, strict, "vhp")
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = filled(gradients_of(row, given, vectors, create_graph), given, strict, create_graph, "double_back")
    return unpacked(finished(outputs, create_graph), several_out), unpacked(finished(product, create_graph), several)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output of a function, and the product of its Hessian with a vector, by differentiating backwards thrice; see `vhp`."""
    with enable_grad():
        several, given, vectors, several_out, outputs, row = _twice(func, inputs, v, create_graph, strict, "hvp")
        seeds = tuple(TENSORS.zeros_like(i).requires_grad_() for i in given)
        double = gradients_of(row, given, seeds, create_graph=True)
        check_dependent(row, "hessian", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = filled(gradients_of(double, seeds, vectors, create_graph), given, strict, create_graph, "double_back_trick")
    return unpacked(finished(outputs, create_graph), several_out), unpacked(finished(product, create_graph), several)


# -- whole matrices


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of a function.

    Args:
        func: Takes tensors, returns a tensor or a tuple of tensors.
        inputs: The tensor, or the tuple of tensors, it is called with.
        create_graph: Whether the result is differentiable.
        strict: Whether an output that does not depend on an input is an error; else its derivative is zero.
        vectorize: Whether all rows are computed at once, by vmap.
        strategy: "reverse-mode", row by row, or "forward-mode", column by column.

    Returns:
        For one output and one input a tensor, whose shape is that of the output followed by that of the input; a tuple with
        one for each input, if those are a tuple; for a tuple of outputs, a tuple with one of these for each.
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than inputs, '
            '"forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported together '
                '(yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
            )
        return _by_columns(func, inputs, strict, vectorize)
    with enable_grad():
        several, given = as_tuple(inputs, "inputs", "jacobian")
        given = prepared(given, create_graph, need_graph=True)
        several_out, outputs = outputs_of(func(*given), "jacobian")
        check_dependent(outputs, "outputs", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
                "set `strict=False` or `vectorize=False`."
            )
        find = _all_rows if vectorize else _row_by_row
        found = finished(find(outputs, given, create_graph, strict), create_graph)
        return unpacked_twice(found, several_out, several)


def _all_rows(outputs: Tensors, inputs: Tensors, create_graph: bool, strict: bool) -> tuple[Tensors, ...]:
    """The rows for all elements of the outputs, in one batch."""
    from ..func.jacobians import standard_basis

    sizes = [o.numel() for o in outputs]
    basis = tuple(part.reshape(sum(sizes), -1) for part in next(standard_basis(outputs)))
    flat = tuple(o.reshape(-1) for o in outputs)
    rows = gradients_of(flat, inputs, basis, create_graph=create_graph, is_grads_batched=True)
    columns = []
    for row, given in zip(rows, inputs, strict=True):
        whole = TENSORS.zeros_like(given).expand((sum(sizes), *given.shape)) if row is None else row
        columns.append([part.view(o.shape + given.shape) for part, o in zip(whole.split(sizes, 0), outputs, strict=True)])
    return tuple(zip(*columns, strict=True))


def _row_by_row(outputs: Tensors, inputs: Tensors, create_graph: bool, strict: bool) -> tuple[Tensors, ...]:
    found = []
    for i, output in enumerate(outputs):
        rows: tuple[list[Tensor], ...] = tuple([] for _ in inputs)
        for place in range(output.nelement()):
            gradients = gradients_of((output.reshape(-1)[place],), inputs, retain_graph=True, create_graph=create_graph)
            for index, (row, gradient, given) in enumerate(zip(rows, gradients, inputs, strict=True)):
                if gradient is None:
                    if strict:
                        raise RuntimeError(
                            f"Output {i} of the user-provided function is independent of input {index}. This is not allowed in strict "
                            "mode."
                        )
                    gradient = TENSORS.zeros_like(given)
                elif strict and create_graph and not gradient.requires_grad:
                    raise RuntimeError(
                        f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode "
                        "when create_graph=True."
                    )
                row.append(gradient)
        found.append(tuple(TENSORS.stack(row, 0).view(output.shape + i.shape) for row, i in zip(rows, inputs, strict=True)))
    return tuple(found)


def _by_columns(func: Callable[..., Any], inputs: Any, strict: bool, vectorize: bool) -> Any:
    """The Jacobian by forward-mode differentiation, in one batch."""
    from ..func.jacobians import standard_basis
    from ..func.mapping import vmap

    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported together (yet). Please '
            'either set `strict=False` or `strategy="reverse-mode"`.'
        )
    several, given = as_tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
        )
    forms: list[Any] = []

    def jvp(directions: Tensors) -> Tensors:
        # What `func` does with gradients of its own is part of what is differentiated.
        with Tracking(respects_no_grad=False, functional=False) as level:
            duals = [level.make_dual(i, d.view_as(i)) for i, d in zip(given, directions, strict=True)]
            several_out, outputs = as_tuple(func(*duals), "outputs", "jacobian")
            pairs = [level.unpack_dual(o) for o in outputs]
            forms[:] = [several_out, [o.shape for o in outputs]]
            return tuple(level.inner(TENSORS.zeros_like(p) if t is None else t) for p, t in pairs)

    columns = vmap(jvp)(next(standard_basis(given)))
    several_out, shapes = forms
    sizes = [i.numel() for i in given]
    found = [
        [
            part.permute(*range(1, part.ndim), 0).reshape((*shape, *i.shape))
            for part, i in zip(column.split(sizes, 0), given, strict=True)
        ]
        for column, shape in zip(columns, shapes, strict=True)
    ]
    return unpacked_twice(found, several_out, several)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function.

    Args:
        func: Takes tensors, returns a tensor of one element.
        inputs: The tensor, or the tuple of tensors, it is called with.
        create_graph: Whether the result is differentiable.
        strict: Whether an output that does not depend on an input is an error; else its derivative is zero.
        vectorize: Whether all rows are computed at once, by vmap.
        outer_jacobian_strategy: How the Jacobian of the gradient is computed: "reverse-mode" or "forward-mode".

    Returns:
        For one input a tensor, with its shape twice; for a tuple of inputs, a tuple of tuples.
    """
    several, given = as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def single(*arguments: Any) -> Tensor:
        output = func(*arguments)
        several_out, outputs = outputs_of(output, "hessian")
        check_dependent(outputs, "outputs", strict)
        if several_out or not isinstance(output, Tensor):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if output.nelement() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return output.squeeze()

    def gradients(*arguments: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            arguments = tuple(a.requires_grad_(True) for a in arguments)
        row = jacobian(single, arguments, create_graph=True)
        check_dependent(row, "jacobian", strict)
        return row

    found = jacobian(
        gradients, given, create_graph=create_graph, strict=strict, vectorize=vectorize, strategy=outer_jacobian_strategy
    )
    return unpacked_twice(found, several, several)


def __dir__() -> list[str]:
    return __all__
