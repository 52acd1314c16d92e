"""torch.autograd.backward and grad: checking what is asked for, then walking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ..backward import Pass, drain
from ..dispatch import edge_of
from ..frames import warn
from ..graph import Edge, Node
from ..size import Size
from ..tensor import Tensor, tensor_attribute, wrap

__all__ = ["GradientEdge", "backward", "get_gradient_edge", "grad"]

CYCLE_WARNING: Final = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause "
    "a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this function, make "
    "sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


class GradientEdge(NamedTuple):
    """A place in the graph a gradient can be asked for.

    Attributes:
        node: The node.
        output_nr: Which of its outputs.
        ownership_token: What keeps the node alive, if it needs that.
    """

    node: Node
    output_nr: int
    ownership_token: Node | None = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge a tensor's gradient flows along.

    Raises:
        RuntimeError: The tensor does not require grad.
    """
    edge = edge_of(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(edge[0], edge[1], None)


def _sequence(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, (Tensor, GradientEdge)) else tuple(value)


def _seed(root: Any, grad: Any, create_graph: bool, index: int) -> Any:
    """The gradient a root starts with.

    Raises:
        RuntimeError: There is none for a root that is no scalar, or it does not fit the root.
        TypeError: It is no tensor.
    """
    if isinstance(root, GradientEdge):
        meta = root.node._input_metadata[root.output_nr]
        shape, kind = tuple(meta.shape), meta.dtype
    else:
        shape, kind = root._value.shape, root.dtype
    if grad is None:
        if isinstance(root, Tensor) and not root.requires_grad:
            return None
        if np.prod(shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if not kind.is_floating_point:
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {kind!r}")
        ones = np.ones(shape, kind._numpy) if shape else kind._numpy.type(1)
        return wrap(ones) if create_graph else ones
    if not isinstance(grad, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(grad).__name__}")
    if grad._value.shape != shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {grad.shape!r} and output[{index}] has a shape of {Size(shape)!r}."
        )
    if grad.dtype.is_complex != kind.is_complex:
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{index}] has a dtype of {grad.dtype!r} and output[{index}] has a dtype of {kind!r}."
        )
    if grad.dtype is not kind:
        grad = grad.to(kind)
    return grad if create_graph else grad._value


def _root(root: Any, index: int) -> Edge:
    if isinstance(root, GradientEdge):
        return (root.node, root.output_nr)
    edge = edge_of(root)
    if edge is None:
        raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
    return edge


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add to the `.grad` of every leaf the gradient of the given tensors with respect to it.

    Args:
        tensors: The tensor, or tensors, to differentiate.
        grad_tensors: What each of them is multiplied with; may be left out for scalars.
        retain_graph: Whether saved tensors survive; as `create_graph`, if not said.
        create_graph: Whether the gradients are differentiable in turn.
        grad_variables: The old name of `grad_tensors`.
        inputs: The only tensors whose `.grad` is to be written.

    Raises:
        RuntimeError: See PyTorch; a root needs no grad or has no gradient, the graph was freed, a saved tensor was written to.
    """
    if grad_variables is not None:
        warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only use `grad_tensors`."
            )
        grad_tensors = grad_variables
    chosen: tuple[Any, ...] | None = None
    if inputs is not None:
        chosen = _sequence(inputs.values() if isinstance(inputs, Mapping) else inputs)
        if not chosen:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots = _sequence(tensors)
    given: Sequence[Any] = _sequence(grad_tensors) or (None,) * len(roots)
    if isinstance(tensors, (Tensor, GradientEdge)) and grad_tensors is not None and not isinstance(grad_tensors, Tensor):
        given = tuple(grad_tensors)
    keep = create_graph if retain_graph is None else bool(retain_graph)
    seeds = [_seed(root, grad, create_graph, i) for i, (root, grad) in enumerate(zip(roots, given, strict=False))]
    edges = [_root(root, i) for i, root in enumerate(roots)]
    targets: list[tuple[Edge | None, Tensor | None]] | None = None
    if chosen is not None:
        targets = []
        for tensor in chosen:
            if isinstance(tensor, GradientEdge):
                targets.append(((tensor.node, tensor.output_nr), None))
                continue
            tensor.retain_grad()
            targets.append((edge_of(tensor), tensor))
    if create_graph:
        warn(CYCLE_WARNING, UserWarning)
    drain(Pass("backward", edges, [r for r in roots if isinstance(r, Tensor)], seeds, targets, keep, create_graph))


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the outputs with respect to the inputs, without touching any `.grad`.

    Args:
        outputs: The tensors to differentiate.
        inputs: The tensors (or GradientEdges, or a dict of them) to differentiate with respect to.
        grad_outputs: What each output is multiplied with.
        retain_graph: Whether saved tensors survive; as `create_graph`, if not said.
        create_graph: Whether the gradients are differentiable in turn.
        allow_unused: Whether an input may be one the outputs do not depend on; its gradient is then None.
        is_grads_batched: Whether the first dimension of each grad_output counts separate vectors.
        materialize_grads: Whether to give zeros instead of None.

    Returns:
        A tuple as long as `inputs`, or a dict with its keys.

    Raises:
        RuntimeError: See PyTorch.
        ValueError: `materialize_grads` with `allow_unused=False`.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            f"Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused={allow_unused}."
        )
    if allow_unused is None:
        allow_unused = materialize_grads
    keys = list(inputs) if isinstance(inputs, Mapping) else None
    wanted = _sequence(inputs.values() if isinstance(inputs, Mapping) else inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    roots = _sequence(outputs)
    given = _sequence(grad_outputs) or (None,) * len(roots)
    keep = create_graph if retain_graph is None else bool(retain_graph)
    if is_grads_batched:
        found: Any = _batched(roots, wanted, given, keep, create_graph, allow_unused, materialize_grads)
    else:
        found = _grad(roots, wanted, given, keep, create_graph, allow_unused, materialize_grads)
    return dict(zip(keys, found, strict=True)) if keys is not None else found


def _grad(
    roots: tuple[Any, ...],
    wanted: tuple[Any, ...],
    given: Sequence[Any],
    keep: bool,
    create_graph: bool,
    unused: bool,
    materialize: bool,
) -> tuple[Any, ...]:
    seeds = [_seed(root, g, create_graph, i) for i, (root, g) in enumerate(zip(roots, given, strict=False))]
    edges = [_root(root, i) for i, root in enumerate(roots)]
    targets: list[tuple[Edge | None, Tensor | None]] = []
    for item in wanted:
        if isinstance(item, GradientEdge):
            targets.append(((item.node, item.output_nr), None))
            continue
        edge = edge_of(item)
        if edge is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        targets.append((edge, item))
    walk = Pass("grad", edges, [r for r in roots if isinstance(r, Tensor)], seeds, targets, keep, create_graph)
    results = []
    for index, found in enumerate(drain(walk)):
        if found is None:
            if not unused:
                raise RuntimeError(
                    f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set allow_unused=True "
                    "if this is the desired behavior."
                )
            tensor = targets[index][1]
            zeros = materialize and tensor is not None
            results.append(wrap(np.zeros_like(tensor._value)) if zeros and tensor is not None else None)
        else:
            results.append(found if isinstance(found, Tensor) else wrap(found))
    return tuple(results)


def _batched(
    roots: tuple[Any, ...],
    wanted: tuple[Any, ...],
    given: Sequence[Any],
    keep: bool,
    create_graph: bool,
    unused: bool,
    materialize: bool,
) -> tuple[Any, ...]:
    """One pass per row of the batched grad_outputs."""
    from ..rules import TENSORS

    count = next(len(g) for g in given if g is not None)
    rows = []
    for row in range(count):
        picked = [None if g is None else g[row] for g in given]
        rows.append(_grad(roots, wanted, picked, keep or row + 1 < count, create_graph, unused, materialize))
    return tuple(None if any(v is None for v in column) else TENSORS.stack(list(column)) for column in zip(*rows, strict=True))


def _tensor_backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add to the `.grad` of every leaf the gradient of this tensor with respect to it; see `torch.autograd.backward`."""
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


_tensor_backward.__name__ = "backward"
tensor_attribute("backward", _tensor_backward)
