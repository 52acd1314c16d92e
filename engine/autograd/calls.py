"""torch.autograd.backward and grad: checking what is asked for, then walking."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from .. import dtypes, modes
from ..backward import Pass, drain
from ..dispatch import edge_of
from ..frames import warn
from ..function import FunctionCtx
from ..graph import Edge, Node, dtype_of
from ..modes import state
from ..rules import TENSORS
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
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    edge = edge_of(tensor)
    assert edge is not None, "Expected gradient function to be set"
    token = None
    if isinstance(edge[0], FunctionCtx):
        enabled = modes.state.grad_enabled
        modes.set_grad_enabled(True)
        try:
            token = tensor.view_as(tensor).grad_fn
        finally:
            modes.set_grad_enabled(enabled)
    return GradientEdge(edge[0], edge[1], token)


def _roots(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, (Tensor, GradientEdge)) else tuple(value)


def _inputs(value: Any, caller: str) -> tuple[Any, ...]:
    """What `inputs=` names.

    Raises:
        TypeError: It is a mapping, but no dict.
        RuntimeError: There is nothing in it.
    """
    if type(value) is dict:
        found = tuple(value.values())
    elif isinstance(value, Mapping):
        raise TypeError(
            f"`inputs` argument to `{caller}()` must be a dict, not {type(value).__name__}. Other Mapping types are not supported."
        )
    else:
        found = _roots(value)
    if not found:
        raise RuntimeError(f"`inputs` argument to `{caller}()` cannot be empty.")
    return found


def _gradients(given: Any, count: int) -> tuple[Any, ...]:
    if given is None:
        return (None,) * count
    return (given,) if isinstance(given, Tensor) else tuple(given)


BATCH_MISMATCH: Final = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes of the "
    "remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: grad_output[{0}] "
    "has a shape of {1!r} and output[{0}] has a shape of {2!r}. If you only want some tensors in `grad_output` to be considered "
    "batched, consider using vmap."
)


def _seed(root: Any, grad: Any, index: int, batched: bool) -> Any:
    """The gradient a root starts with: an array of ones, the given tensor, or None for a root that needs none.

    Raises:
        AssertionError: The root is no tensor.
        RuntimeError: There is none for a root that is no scalar, or it does not fit the root.
        TypeError: It is no tensor.
    """
    if isinstance(root, GradientEdge):
        meta = root.node._input_metadata[root.output_nr]
        shape, kind = tuple(meta.shape), meta.dtype or dtypes.float32
    elif isinstance(root, Tensor):
        shape, kind = root._value.shape, root.dtype
    else:
        raise AssertionError("Expected output to be a torch.Tensor")
    if grad is None:
        if isinstance(root, Tensor) and not root.requires_grad:
            return None
        if math.prod(shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if not kind.is_floating_point:
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {kind!r}")
        return np.ones(shape, kind._numpy) if shape else kind._numpy.type(1)
    if not isinstance(grad, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(grad).__name__}")
    first = grad[0] if batched else grad
    if first._value.shape != shape:
        if batched and isinstance(root, GradientEdge):
            raise RuntimeError("Batched grads are not supported with GradientEdge")
        if batched:
            raise RuntimeError(BATCH_MISMATCH.format(index, first.shape[1:], Size(shape)))
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {grad.shape!r} and output[{index}] has a shape of {Size(shape)!r}."
        )
    if grad.dtype.is_complex != kind.is_complex:
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{index}] has a dtype of {grad.dtype!r} and output[{index}] has a dtype of {kind!r}."
        )
    return grad


def _seeds(roots: tuple[Any, ...], given: Any, batched: bool = False) -> list[Any]:
    pairs = zip(roots, _gradients(given, len(roots)), strict=False)
    return [_seed(root, grad, index, batched) for index, (root, grad) in enumerate(pairs)]


def _walk(
    kind: str,
    roots: tuple[Any, ...],
    seeds: Sequence[Any],
    inputs: tuple[Any, ...] | None,
    keep: bool,
    create_graph: bool,
) -> list[Any]:
    """Walk from the roots; returns what was captured at the inputs.

    Raises:
        RuntimeError: A root or an input needs no gradient, or is none.
    """
    if len(roots) != len(seeds):
        raise RuntimeError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    edges: list[Edge] = []
    starts: list[Any] = []
    for index, (root, seed) in enumerate(zip(roots, seeds, strict=True)):
        edge = (root.node, root.output_nr) if isinstance(root, GradientEdge) else edge_of(root)
        if edge is None:
            raise RuntimeError(f"element {index} of tensors does not require grad and does not have a grad_fn")
        edges.append(edge)
        if isinstance(seed, Tensor):
            wanted = dtype_of(edge[0]._metas[edge[1]])
            starts.append(seed if wanted is None or seed.dtype is wanted else seed.to(wanted))
        else:
            starts.append(seed)
    targets: list[tuple[Edge | None, Tensor | None]] | None = None
    if inputs is not None:
        targets = []
        for item in inputs:
            if isinstance(item, GradientEdge):
                targets.append(((item.node, item.output_nr), None))
                continue
            if not isinstance(item, Tensor):
                raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(item).__name__}")
            if kind == "backward":
                item.retain_grad()
            elif not item.requires_grad:
                raise RuntimeError("One of the differentiated Tensors does not require grad")
            targets.append((edge_of(item), item))
    if create_graph and kind == "backward":
        warn(CYCLE_WARNING, UserWarning)
    tensors = [root for root in roots if isinstance(root, Tensor)]
    on_tensors = create_graph or (modes.special > 0 and state.level is not None)
    return drain(Pass(kind, edges, tensors, starts, targets, keep, on_tensors, create_graph))


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
    chosen = None if inputs is None else _inputs(inputs, "backward")
    roots = _roots(tensors)
    keep = create_graph if retain_graph is None else bool(retain_graph)
    if modes.special and state.level is not None and state.level.functional:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or functorch.vjp instead "
            "or call backward() outside of functorch transforms."
        )
    seeds = _seeds(roots, grad_tensors)
    _walk("backward", roots, seeds, chosen, keep, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
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
        only_inputs: Deprecated, and without effect.
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
    roots = _roots(outputs)
    wanted = _inputs(inputs, "grad")
    if not only_inputs:
        warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts of "
            "the graph, please use torch.autograd.backward.",
            FutureWarning,
        )
    seeds = _seeds(roots, grad_outputs, is_grads_batched)
    keep = create_graph if retain_graph is None else bool(retain_graph)
    walk = _batched if is_grads_batched else _grad
    found = list(walk(roots, wanted, seeds, keep, create_graph, allow_unused))
    if materialize_grads:
        for index, item in enumerate(wanted):
            if found[index] is not None:
                continue
            if isinstance(item, GradientEdge):
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            zeros = TENSORS.zeros_like(item)
            found[index] = zeros.requires_grad_() if create_graph else zeros
    return dict(zip(inputs, found, strict=True)) if type(inputs) is dict else tuple(found)


def _grad(
    roots: tuple[Any, ...],
    wanted: tuple[Any, ...],
    seeds: Sequence[Any],
    keep: bool,
    create_graph: bool,
    unused: bool,
) -> Sequence[Tensor | None]:
    results = _walk("grad", roots, seeds, wanted, keep, create_graph)
    for index, found in enumerate(results):
        if found is None and not unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set allow_unused=True "
                "if this is the desired behavior."
            )
    return results


def _batched(
    roots: tuple[Any, ...],
    wanted: tuple[Any, ...],
    seeds: Sequence[Any],
    keep: bool,
    create_graph: bool,
    unused: bool,
) -> Sequence[Tensor | None]:
    """One pass for all rows of the batched grad_outputs.

    Raises:
        ValueError: They have no rows, or not the same number of them.
    """
    from ..func.mapping import vmap

    for seed in seeds:
        if seed is not None and not seed.ndim:
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a Tensor of dimensionality 0 so "
                "expected in_dim to satisfy 0 <= in_dim < 0."
            )
    there: list[bool] = []

    def vjp(gradients: Sequence[Any]) -> tuple[Tensor, ...]:
        results = _grad(roots, wanted, gradients, keep, create_graph, unused)
        there[:] = [r is not None for r in results]
        return tuple([r for r in results if r is not None])

    found = iter(vmap(vjp)(tuple([wrap(s) if isinstance(s, (np.ndarray, np.generic)) else s for s in seeds])))
    return [next(found) if given else None for given in there]


def _tensor_backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add to the `.grad` of every leaf the gradient of this tensor with respect to it; see `torch.autograd.backward`."""
    value = self._value
    plain = gradient is None and inputs is None and not (create_graph or modes.special)
    if plain and value.size == 1 and value.dtype.kind == "f":
        # The commonest pass needs no more than this.
        edge = edge_of(self)
        if edge is not None:
            seed = np.ones(value.shape, value.dtype) if value.shape else value.dtype.type(1)
            drain(Pass("backward", (edge,), (self,), (seed,), None, bool(retain_graph), False))
            return
    backward(self, gradient, retain_graph, create_graph, inputs=inputs)


_tensor_backward.__name__ = "backward"
tensor_attribute("backward", _tensor_backward)
