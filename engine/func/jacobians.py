"""Jacobians and Hessians, and linear approximations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten
from ..rules import TENSORS
from ..tensor import Tensor
from ..transforms.level import layer_of
from ..transforms.tracking import Tracking, gradient
from .gradients import argnums_slice, jvp_with_argnums, named_as, vjp, vjp_with_argnums
from .mapping import chunk_sizes, vmap

__all__ = ["debug_unwrap", "functionalize", "hessian", "jacfwd", "jacrev", "linearize", "standard_basis"]


def _no_complex(name: str, tree: Any, which: str) -> None:
    for index, leaf in enumerate(tree_leaves(tree)):
        if isinstance(leaf, Tensor) and leaf.dtype.is_complex:
            raise RuntimeError(
                f"{name}: Expected all {which} to be real but received complex tensor at flattened input idx: {index}"
            )


def standard_basis(tensors: Sequence[Tensor], chunk_size: int | None = None) -> Iterator[tuple[Tensor, ...]]:
    """The unit vectors of the space all elements of some tensors span together, so many at a time.

    Each time a tuple with a part for each tensor, whose first dimension counts the vectors.
    """
    counts = [t.numel() for t in tensors]
    total = sum(counts)
    size = total if chunk_size is None else min(chunk_size, total)
    for position, length in enumerate(chunk_sizes(total, size) if size else [0]):
        parts = []
        before = 0
        for tensor, count in zip(tensors, counts, strict=True):
            part = tensor.new_zeros(length, count)
            part.diagonal(position * size - before).fill_(1)
            parts.append(part.view(length, *tensor.shape))
            before += count
        yield tuple(parts)


def jacrev(
    func: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    *,
    has_aux: bool = False,
    chunk_size: int | None = None,
    _preallocate_and_copy: bool = False,
) -> Callable[..., Any]:
    """A function that computes the Jacobian of another, by reverse-mode differentiation: a row of it for each output element.

    Args:
        func: Returns a tensor or nested containers of tensors; with `has_aux` a tuple of that and anything besides.
        argnums: Which positional arguments to differentiate with respect to.
        has_aux: Whether `func` returns something besides, which is handed on.
        chunk_size: How many rows are computed at a time; all of them, if None. 1 works for functions vmap does not.

    Returns:
        What returns, shaped as the output, the Jacobian with respect to each argument, whose shape is that of the output
        followed by that of the argument.
    """
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @named_as(func)
    def wrapper(*args: Any) -> Any:
        _no_complex("jacrev", args, "inputs")
        output, vjp_fn, *rest = vjp_with_argnums(func, *args, argnums=argnums, has_aux=has_aux)
        flat_output, output_spec = tree_flatten(output)
        _no_complex("jacrev", flat_output, "outputs")
        flat_primals, primals_spec = tree_flatten(argnums_slice(args, argnums))
        chunks = []
        for basis in standard_basis(flat_output, chunk_size):
            if chunk_size == 1:
                one = tree_unflatten([TENSORS.squeeze_dim(t, 0) for t in basis], output_spec)
                chunks.append([TENSORS.unsqueeze(t, 0) for t in tree_leaves(vjp_fn(one))])
            else:
                chunks.append(tree_leaves(vmap(vjp_fn)(tree_unflatten(list(basis), output_spec))))
        rows = chunks[0] if len(chunks) == 1 else [TENSORS.cat(list(part), 0) for part in zip(*chunks, strict=True)]
        sizes = [t.numel() for t in flat_output]
        by_primal = [
            [part.view(out.shape + primal.shape) for part, out in zip(row.split(sizes, 0), flat_output, strict=True)]
            for row, primal in zip(rows, flat_primals, strict=True)
        ]
        by_output = [tree_unflatten(list(parts), primals_spec) for parts in zip(*by_primal, strict=True)]
        if isinstance(argnums, int):
            by_output = [parts[0] for parts in by_output]
        found = tree_unflatten(by_output, output_spec)
        return (found, rest[0]) if has_aux else found

    return wrapper


def jacfwd(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """A function that computes the Jacobian of another, by forward-mode differentiation: a column for each input element.

    Args and what is returned are those of `jacrev`.

    Args:
        func: Returns a tensor or nested containers of tensors.
        argnums: Which positional arguments to differentiate with respect to.
        has_aux: Whether `func` returns a tuple of its output and something besides.
        randomness: As for `vmap`.
    """

    @named_as(func)
    def wrapper(*args: Any) -> Any:
        _no_complex("jacfwd", args, "inputs")
        primals = args if argnums is None else argnums_slice(args, argnums)
        flat_primals, primals_spec = tree_flatten(primals)
        basis = tree_unflatten(list(next(standard_basis(flat_primals))), primals_spec)

        def push(direction: Any) -> Any:
            output = jvp_with_argnums(func, args, direction, argnums=argnums, has_aux=has_aux)
            _no_complex("jacfwd", output[0], "outputs")
            return output[1:] if has_aux else output[1]

        result = vmap(push, randomness=randomness)(basis)
        aux = None
        if has_aux:
            result, aux = result
            aux = tree_map(lambda value: value[0], aux)
        flat, spec = tree_flatten(result)
        sizes = [p.numel() for p in flat_primals]
        found = []
        for columns in flat:
            parts = [
                part.squeeze(-1) if not primal.ndim else part.unflatten(-1, primal.shape)
                for part, primal in zip(columns.movedim(0, -1).split(sizes, -1), flat_primals, strict=True)
            ]
            by_primal = tree_unflatten(parts, primals_spec)
            found.append(by_primal[0] if isinstance(argnums, int) else by_primal)
        jacobian = tree_unflatten(found, spec)
        return (jacobian, aux) if has_aux else jacobian

    return wrapper


def hessian(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that computes the Hessian of another, by forward over reverse mode; see `jacfwd` and `jacrev`."""
    return jacfwd(jacrev(func, argnums), argnums)


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its linear approximation there: a function that computes Jacobian-vector products.

    Args:
        func: Returns tensors.
        primals: Its arguments, tensors or nested containers of them.

    Returns:
        (output, jvp_fn). jvp_fn takes tangents shaped as the primals, and does not call `func` again.
    """
    output, vjp_fn = vjp(func, *primals)
    flat_output, output_spec = tree_flatten(output)
    flat_primals, spec = tree_flatten(primals)
    with Tracking() as level:
        cotangents = [level.variable(TENSORS.zeros_like(o)) for o in flat_output]
        rows = tree_leaves(vjp_fn(tree_unflatten(cotangents, output_spec), create_graph=True))
        rows = [level.lift(row) for row in rows]
    forms = [(p.shape, p.dtype) for p in flat_primals]

    def jvp_fn(*tangents: Any) -> Any:
        flat, given = tree_flatten(tangents)
        if given != spec:
            raise RuntimeError(f"Expected the tangents {given} to have the same argspec as the primals {spec}")
        for index, (tangent, (shape, kind)) in enumerate(zip(flat, forms, strict=True)):
            for name, found, wanted in (("shape", tangent.shape, shape), ("dtype", tangent.dtype, kind)):
                if found != wanted:
                    raise RuntimeError(
                        f"tangent:{index} with {name} {found} in flattened pytree doesn't match the {name} {wanted} of the "
                        "corresponding primal."
                    )
        return tree_unflatten(gradient(rows, cotangents, flat, record=True, keep=True), output_spec)

    return output, jvp_fn


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """Not implemented: it rewrites a program for compilers, and computes nothing by itself.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("torch.func.functionalize is not implemented")


def debug_unwrap(tensor: Tensor, *, recurse: bool = True) -> Tensor:
    """What a transform's tensor is inside: for debugging only.

    Args:
        tensor: Any tensor; an ordinary one is returned as it is.
        recurse: Whether to go on until it is an ordinary one.
    """
    layer = layer_of(tensor)
    while layer is not None:
        tensor = layer.inner
        layer = layer_of(tensor) if recurse else None
    return tensor
