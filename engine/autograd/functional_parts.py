"""What torch.autograd.functional asks of its arguments and results, and the gradients it puts them together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..rules import TENSORS
from ..tensor import Tensor
from .calls import grad

__all__ = [
    "Tensors",
    "as_tuple",
    "check_dependent",
    "check_single",
    "filled",
    "finished",
    "given_v",
    "gradients_of",
    "outputs_of",
    "prepared",
    "unpacked",
    "unpacked_twice",
]

Tensors = tuple[Tensor, ...]


# -- what goes in and comes out


def as_tuple(value: Any, what: str, function: str) -> tuple[bool, Tensors]:
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


def outputs_of(value: Any, function: str) -> tuple[bool, Tensors]:
    return as_tuple(value, "outputs of the user-provided function", function)


def prepared(inputs: Tensors, create_graph: bool, need_graph: bool) -> Tensors:
    """New tensors in place of the given ones, so that those that `func` has got hold of otherwise stay apart."""
    return tuple(i.view_as(i) if create_graph and i.requires_grad else i.detach().requires_grad_(need_graph) for i in inputs)


def finished(tensors: Any, create_graph: bool) -> Any:
    """Tensors, or tuples of them, without history unless that was asked for."""
    if create_graph:
        return tensors
    return tuple(t.detach() if isinstance(t, Tensor) else finished(t, create_graph) for t in tensors)


def unpacked(result: Any, several: bool) -> Any:
    return result if several else result[0]


def unpacked_twice(result: Any, outer: bool, inner: bool) -> Any:
    return unpacked(result if inner else tuple(row[0] for row in result), outer)


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


def given_v(v: Any, create_graph: bool, other: Tensors, several: bool, function: str) -> Tensors:
    _, vectors = as_tuple(v, "v", function)
    vectors = prepared(vectors, create_graph, need_graph=False)
    _check_v(vectors, other, several)
    return vectors


def check_single(inputs: Tensors) -> None:
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


def check_dependent(tensors: Sequence[Tensor | None], which: str, strict: bool) -> None:
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


def filled(grads: Sequence[Tensor | None], like: Tensors, strict: bool, create_graph: bool, stage: str) -> Tensors:
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


def gradients_of(
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
