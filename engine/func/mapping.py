"""vmap."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NoReturn

from ..api import public
from ..pytree import TreeSpec, broadcast_to_and_flatten, tree_flatten, tree_leaves, tree_unflatten
from ..random import get_rng_state, set_rng_state
from ..rules import TENSORS
from ..tensor import Tensor
from ..transforms.batching import Batching
from ..transforms.level import live
from .gradients import named_as

__all__ = ["chunk_sizes", "vmap"]


def _name(func: Callable[..., Any]) -> str:
    if hasattr(func, "__name__"):
        return str(func.__name__)
    if isinstance(func, functools.partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return repr(func)


@public(method=False)
def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that does for a whole batch what another does for one sample.

    Args:
        func: Takes tensors, or nested containers of them, and returns such.
        in_dims: Which dimension of each argument counts the samples: one number for all, or nested containers shaped as the
            arguments; None for what is the same for every sample.
        out_dims: Where the samples shall be in the outputs.
        randomness: Whether random numbers are an "error", the "same" for every sample, or "different".
        chunk_size: How many samples are done at a time; all of them, if None.

    Raises:
        ValueError: The dimensions do not fit the arguments or the outputs.
        RuntimeError: `func` does what cannot be done for a batch: `.item()`, control flow that depends on numbers.
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @named_as(func)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        _check_out_dims(out_dims, func)
        size, dims, flat, spec = _inputs(in_dims, args, func)
        if chunk_size is None:
            return _mapped(func, size, dims, flat, spec, out_dims, randomness, kwargs)
        return _in_chunks(func, size, dims, flat, spec, out_dims, randomness, chunk_size, kwargs)

    return wrapped


def _check_out_dims(out_dims: Any, func: Callable[..., Any]) -> None:
    if isinstance(out_dims, int):
        return
    for leaf in tree_leaves(out_dims):
        if not isinstance(leaf, int) and leaf is not None:
            raise ValueError(
                f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python collection of ints "
                "representing where in the outputs the vmapped dimension should appear."
            )


def _inputs(in_dims: Any, args: tuple[Any, ...], func: Callable[..., Any]) -> tuple[int, list[Any], list[Any], TreeSpec]:
    """(the number of samples, the dimension that counts them for each leaf, the leaves, their containers).

    Raises:
        ValueError: They do not fit.
    """
    start = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{start}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, got: "
            f"{type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function "
            "with no inputs. The latter is unsupported."
        )
    flat, spec = tree_flatten(args)
    dims = broadcast_to_and_flatten(in_dims, spec)
    if dims is None:
        raise ValueError(
            f"{start}in_dims is not compatible with the structure of `inputs`. in_dims has structure {tree_flatten(in_dims)[1]} but "
            f"inputs has structure {spec}."
        )
    for place, (arg, dim) in enumerate(zip(flat, dims, strict=True)):
        if not isinstance(dim, int) and dim is not None:
            raise ValueError(f"{start}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None.")
        if dim is None:
            continue
        if not isinstance(arg, Tensor):
            raise ValueError(
                f"{start}Got in_dim={dim} for an input but the input is of type {type(arg)}. We cannot vmap over non-Tensor arguments, "
                "please use None as the respective in_dim"
            )
        ndim = arg._value.ndim
        if not -ndim <= dim < ndim:
            raise ValueError(
                f"{start}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {ndim} so expected in_dim to "
                f"satisfy -{ndim} <= in_dim < {ndim}."
            )
        dims[place] = dim % ndim
    return _size(dims, flat), dims, flat, spec


def _size(dims: Sequence[Any], flat: Sequence[Any]) -> int:
    sizes = [arg._value.shape[dim] for dim, arg in zip(dims, flat, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped dimension"
        )
    return int(sizes[0])


def _mapped(
    func: Callable[..., Any],
    size: int,
    dims: Sequence[Any],
    flat: Sequence[Any],
    spec: TreeSpec,
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
) -> Any:
    with Batching(size, randomness) as level:
        given = [arg if dim is None else level.wrap(live(arg), dim) for arg, dim in zip(flat, dims, strict=True)]
        output = func(*tree_unflatten(given, spec), **kwargs)
        return _outputs(level, output, out_dims, func)


def _outputs(level: Batching, output: Any, out_dims: Any, func: Callable[..., Any]) -> Any:
    """The outputs with the samples where `out_dims` says.

    Raises:
        ValueError: The two do not fit, or an output is no tensor.
    """
    flat, spec = tree_flatten(output)

    def incompatible() -> NoReturn:
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure of `outputs`. "
            f"out_dims has structure {tree_flatten(out_dims)[1]} but outputs has structure {spec}."
        )

    if isinstance(output, Tensor):
        if isinstance(out_dims, tuple) and len(out_dims) == 1:
            dims: list[Any] | None = list(out_dims)
        else:
            dims = [out_dims] if isinstance(out_dims, int) or out_dims is None else None
    else:
        dims = broadcast_to_and_flatten(out_dims, spec)
    if dims is None:
        incompatible()
    return tree_unflatten([_unbatched(level, o, d, _name(func)) for o, d in zip(flat, dims, strict=True)], spec)


def _unbatched(level: Batching, output: Any, dim: int | None, name: str) -> Any:
    if dim is None:
        if isinstance(output, Tensor) and level.is_batched(output):
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return output
    if not isinstance(output, Tensor):
        raise ValueError(
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(output)}. Did you mean to set out_dims= to None for "
            "output?"
        )

    def below() -> Tensor:
        inner, at = level.parts(output)
        if at is None:
            # As PyTorch, which makes room for the samples before the shape, wherever they are to be.
            size = list(inner._value.shape)
            size.insert(dim if dim >= 0 else dim + len(size) + 1, level.size)
            return TENSORS.expand(inner, tuple(size))
        ndim = inner._value.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})")
        target = dim % ndim
        if at == target:
            return inner
        order = [d for d in range(ndim) if d != at]
        order.insert(target, at)
        return TENSORS.permute(inner, tuple(order))

    found: Tensor = level.lowered(below)
    return found


# -- in chunks


def chunk_sizes(total: int, chunk: int) -> list[int]:
    """The sizes of the chunks that make up a total."""
    rest = total % chunk
    return [chunk] * (total // chunk) + ([rest] if rest else [])


def _in_chunks(
    func: Callable[..., Any],
    size: int,
    dims: Sequence[Any],
    flat: Sequence[Any],
    spec: TreeSpec,
    out_dims: Any,
    randomness: str,
    chunk_size: int,
    kwargs: dict[str, Any],
) -> Any:
    generator = get_rng_state() if randomness == "same" else None
    results: list[list[Any]] = []
    found_spec: TreeSpec | None = None
    for begin, end in _bounds(chunk_sizes(size, chunk_size)):
        if generator is not None:
            set_rng_state(generator)
        part = [arg if dim is None else TENSORS.slice(arg, dim, begin, end, 1) for arg, dim in zip(flat, dims, strict=True)]
        output = _mapped(func, end - begin, dims, part, spec, out_dims, randomness, kwargs)
        leaves, found_spec = tree_flatten(output)
        results.append(leaves)
    if found_spec is None:
        raise AssertionError("arg_spec must not be None")
    places = broadcast_to_and_flatten(out_dims, found_spec)
    assert places is not None
    joined = [TENSORS.cat(list(column), dim) for column, dim in zip(zip(*results, strict=True), places, strict=True)]
    return tree_unflatten(joined, found_spec)


def _bounds(sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    ends = list(accumulate(sizes))
    return zip([0, *ends[:-1]], ends, strict=True)
