"""torch.autograd.functional: products with Jacobians and Hessians, and these themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..grad_mode import enable_grad, set_grad_enabled
from ..modes import state
from ..rules import TENSORS
from ..tensor import Tensor
from ..transforms.tracking import Tracking
from .calls import grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Tensors = tuple[Tensor, ...]


# -- what goes in and comes out


def _as_tuple(value: Any, what: str, function: str) -> tuple[bool, Tensors]:
    """Whether a value is a tuple of tensors, and such a tuple.

    Raises:
        TypeError: It is neither a tensor nor a tuple of tensors.
    """
    several = isinstance(value, tuple)
    found = value if several else (value,)
    for index, item in enumerate(found):
        if not isinstance(item, Tensor):
            start = f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the"
            raise TypeError(
                f"{start} value at index {index} has type {type(item)}."
                if several
                else f"{start} given {what} has type {type(item)}."
            )
    return several, found


def _outputs(value: Any, function: str) -> tuple[bool, Tensors]:
    return _as_tuple(value, "outputs of the user-provided function", function)


def _prepared(inputs: Tensors, create_graph: bool, need_graph: bool) -> Tensors:
    """New tensors in place of the given ones, so that those that `func` has got hold of otherwise stay apart."""
    return tuple(i.view_as(i) if create_graph and i.requires_grad else i.detach().requires_grad_(need_graph) for i in inputs)


def _finished(tensors: Any, create_graph: bool) -> Any:
    """Tensors, or tuples of them, without history unless that was asked for."""
    if create_graph:
        return tensors
    return tuple(t.detach() if isinstance(t, Tensor) else _finished(t, create_graph) for t in tensors)


def _unpacked(result: Any, several: bool) -> Any:
    return result if several else result[0]


def _unpacked_twice(result: Any, outer: bool, inner: bool) -> Any:
    return _unpacked(result if inner else tuple(row[0] for row in result), outer)


def _check_v(v: Tensors, other: Tensors, several: bool) -> None:
    """See that vectors have the shapes of what they are multiplied with.

    Raises:
        RuntimeError: They have not.
    """
    if len(other) != len(v):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(other)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for index, (given, wanted) in enumerate(zip(v, other, strict=True)):
        if given.size() != wanted.size():
            entry = f"Entry {index} in " if several else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.size()} but got {given.size()}.")


def _given_v(v: Any, create_graph: bool, other: Tensors, several: bool, function: str) -> Tensors:
    _, vectors = _as_tuple(v, "v", function)
    vectors = _prepared(vectors, create_graph, need_graph=False)
    _check_v(vectors, other, several)
    return vectors


def _check_single(inputs: Tensors) -> None:
    if len(inputs) != 1 or inputs[0].nelement() != 1:
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
        )


_DEPENDENT = {
    "hessian": (
        "The hessian of the user-provided function with respect to input {0} is independent of the input. This is not allowed in strict "
        "mode. You should ensure that your function is thrice differentiable and that the hessian depends on the inputs."
    ),
    "jacobian": (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to input {0} is independent of "
        "the input. This is not allowed in strict mode. You should ensure that your function is twice differentiable and that the "
        "jacobian depends on the inputs (this would be violated by a linear function for example)."
    ),
    "grad_inputs": (
        "The gradient with respect to input {0} is independent of the inputs of the user-provided function. This is not allowed in "
        "strict mode."
    ),
    "outputs": (
        "Output {0} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner "
        "from the input when running in strict mode."
    ),
}


def _check_dependent(tensors: Sequence[Tensor | None], which: str, strict: bool) -> None:
    """Under `strict`: see that all tensors require grad.

    Raises:
        RuntimeError: One does not.
    """
    if not strict:
        return
    for index, tensor in enumerate(tensors):
        if tensor is None:
            raise RuntimeError(
                f"The output of the user-provided function is independent of input {index}. This is not allowed in strict mode."
            )
        if not tensor.requires_grad:
            raise RuntimeError(_DEPENDENT[which].format(index))


_MISSING = {
    "back": "The output of the user-provided function is independent of input {0}. This is not allowed in strict mode.",
    "back_trick": (
        "The gradient with respect to the input is independent of entry {0} in the grad_outputs when using the double backward trick to "
        "compute forward mode gradients. This is not allowed in strict mode."
    ),
    "double_back": "The jacobian of the user-provided function is independent of input {0}. This is not allowed in strict mode.",
    "double_back_trick": (
        "The hessian of the user-provided function is independent of entry {0} in the grad_jacobian. This is not allowed in strict mode "
        "as it prevents from using the double backward trick to replace forward mode AD."
    ),
}


def _filled(grads: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, stage: str) -> Tensors:
    """Gradients, zeros in place of those that are missing.

    Raises:
        RuntimeError: Under `strict`, one is missing or depends on nothing.
    """
    found = []
    for index, (gradient, other) in enumerate(zip(grads, like, strict=True)):
        if gradient is None:
            if strict:
                raise RuntimeError(_MISSING[stage].format(index))
            gradient = TENSORS.zeros_like(other)
        elif strict and create_graph and not gradient.requires_grad:
            what = "hessian" if "double" in stage else "jacobian"
            raise RuntimeError(
                f"The {what} of the user-provided function is independent of input {index}. This is not allowed in strict mode when "
                "create_graph=True."
            )
        found.append(gradient)
    return tuple(found)


def _gradients(
    outputs: Sequence[Tensor | None],
    inputs: Tensors,
    grad_outputs: Sequence[Tensor | None] | None = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    is_grads_batched: bool = False,
) -> Sequence[Tensor | None]:
    """autograd.grad for those outputs that need gradients; None where there is none."""
    given = (None,) * len(outputs) if grad_outputs is None else grad_outputs
    pairs = [(o, g) for o, g in zip(outputs, given, strict=True) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    found: Sequence[Tensor | None] = grad(
        tuple(o for o, _ in pairs),
        inputs,
        tuple(g for _, g in pairs),
        allow_unused=True,
        create_graph=create_graph,
        retain_graph=retain_graph,
        is_grads_batched=is_grads_batched,
    )
    return found


# -- products


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
        several, given = _as_tuple(inputs, "inputs", "vjp")
        given = _prepared(given, create_graph, need_graph=True)
        several_out, outputs = _outputs(func(*given), "vjp")
        _check_dependent(outputs, "outputs", strict)
        vectors: Tensors | None = None
        if v is not None:
            vectors = _given_v(v, create_graph, outputs, several_out, "vjp")
        elif len(outputs) != 1 or outputs[0].nelement() != 1:
            raise RuntimeError(
                "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
            )
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_gradients(outputs, given, vectors, create_graph), given, strict, create_graph, "back")
    return _unpacked(_finished(outputs, create_graph), several_out), _unpacked(_finished(product, create_graph), several)


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
        several, given = _as_tuple(inputs, "inputs", "jvp")
        given = _prepared(given, create_graph, need_graph=True)
        vectors: Tensors | None = None
        if v is not None:
            vectors = _given_v(v, create_graph, given, several, "jvp")
        else:
            _check_single(given)
        several_out, outputs = _outputs(func(*given), "jvp")
        _check_dependent(outputs, "outputs", strict)
        # The gradient is a linear function of these, so it does not matter what they are.
        seeds = tuple(TENSORS.zeros_like(o).requires_grad_() for o in outputs)
        rows = _gradients(outputs, given, seeds, create_graph=True)
        _check_dependent(rows, "grad_inputs", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_gradients(rows, seeds, vectors, create_graph), outputs, strict, create_graph, "back_trick")
    return _unpacked(_finished(outputs, create_graph), several_out), _unpacked(_finished(product, create_graph), several_out)


def _twice(
    func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str
) -> tuple[bool, Tensors, Tensors | None, bool, Tensors, Sequence[Tensor | None]]:
    """What hvp and vhp begin with: inputs, vectors, outputs and the first gradient."""
    several, given = _as_tuple(inputs, "inputs", name)
    given = _prepared(given, create_graph, need_graph=True)
    vectors: Tensors | None = None
    if v is not None:
        vectors = _given_v(v, create_graph, given, several, name)
    else:
        _check_single(given)
    several_out, outputs = _outputs(func(*given), name)
    _check_dependent(outputs, "outputs", strict)
    if several_out:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")
    jacobian_row = _gradients(outputs, given, create_graph=True)
    _check_dependent(jacobian_row, "jacobian", strict)
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
        product = _filled(_gradients(row, given, vectors, create_graph), given, strict, create_graph, "double_back")
    return _unpacked(_finished(outputs, create_graph), several_out), _unpacked(_finished(product, create_graph), several)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output of a function, and the product of its Hessian with a vector, by differentiating backwards thrice; see `vhp`."""
    with enable_grad():
        several, given, vectors, several_out, outputs, row = _twice(func, inputs, v, create_graph, strict, "hvp")
        seeds = tuple(TENSORS.zeros_like(i).requires_grad_() for i in given)
        double = _gradients(row, given, seeds, create_graph=True)
        _check_dependent(row, "hessian", strict)
    with set_grad_enabled(create_graph or state.grad_enabled):
        product = _filled(_gradients(double, seeds, vectors, create_graph), given, strict, create_graph, "double_back_trick")
    return _unpacked(_finished(outputs, create_graph), several_out), _unpacked(_finished(product, create_graph), several)


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
        several, given = _as_tuple(inputs, "inputs", "jacobian")
        given = _prepared(given, create_graph, need_graph=True)
        several_out, outputs = _outputs(func(*given), "jacobian")
        _check_dependent(outputs, "outputs", strict)
        if vectorize and strict:
            raise RuntimeError(
                "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. Please either "
                "set `strict=False` or `vectorize=False`."
            )
        find = _all_rows if vectorize else _row_by_row
        found = _finished(find(outputs, given, create_graph, strict), create_graph)
        return _unpacked_twice(found, several_out, several)


def _all_rows(outputs: Tensors, inputs: Tensors, create_graph: bool, strict: bool) -> tuple[Tensors, ...]:
    """The rows for all elements of the outputs, in one batch."""
    from ..func.jacobians import standard_basis

    sizes = [o.numel() for o in outputs]
    basis = tuple(part.reshape(sum(sizes), -1) for part in next(standard_basis(outputs)))
    flat = tuple(o.reshape(-1) for o in outputs)
    rows = _gradients(flat, inputs, basis, create_graph=create_graph, is_grads_batched=True)
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
            gradients = _gradients((output.reshape(-1)[place],), inputs, retain_graph=True, create_graph=create_graph)
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
    several, given = _as_tuple(inputs, "inputs", "jacobian")
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
        )
    forms: list[Any] = []

    def jvp(directions: Tensors) -> Tensors:
        # What `func` does with gradients of its own is part of what is differentiated.
        with Tracking(respects_no_grad=False, functional=False) as level:
            duals = [level.make_dual(i, d.view_as(i)) for i, d in zip(given, directions, strict=True)]
            several_out, outputs = _as_tuple(func(*duals), "outputs", "jacobian")
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
    return _unpacked_twice(found, several_out, several)


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
    several, given = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def single(*arguments: Any) -> Tensor:
        output = func(*arguments)
        several_out, outputs = _outputs(output, "hessian")
        _check_dependent(outputs, "outputs", strict)
        if several_out or not isinstance(output, Tensor):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if output.nelement() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        return output.squeeze()

    def gradients(*arguments: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            arguments = tuple(a.requires_grad_(True) for a in arguments)
        row = jacobian(single, arguments, create_graph=True)
        _check_dependent(row, "jacobian", strict)
        return row

    found = jacobian(
        gradients, given, create_graph=create_graph, strict=strict, vectorize=vectorize, strategy=outer_jacobian_strategy
    )
    return _unpacked_twice(found, several, several)


def __dir__() -> list[str]:
    return __all__
