"""grad, grad_and_value, vjp and jvp."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.graph import disable_saved_tensors_hooks
from ..grad_mode import enable_grad
from ..modes import state
from ..pytree import tree_flatten, tree_map, tree_unflatten
from ..rules import TENSORS
from ..size import Size
from ..tensor import Tensor
from ..transforms.tracking import Tracking, gradient

__all__ = [
    "argnums_slice",
    "grad",
    "grad_and_value",
    "jvp",
    "jvp_with_argnums",
    "named_as",
    "replaced_args",
    "vjp",
    "vjp_with_argnums",
]

_HOOKS = (
    "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use case."
)
_JVP = "jvp(f, primals, tangents)"


def named_as(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a wrapper the name and the text of what it wraps, where that has them."""

    def given(wrapper: Callable[..., Any]) -> Callable[..., Any]:
        return functools.wraps(function)(wrapper)

    return given


# -- which arguments


def _checked_argnum(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if -count <= argnum < count:
        return argnum % count
    raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")


def argnums_slice(args: Sequence[Any], argnums: Any, as_tuple: bool = True) -> Any:
    """The arguments that `argnums` names.

    Raises:
        RuntimeError: There are no such arguments, or they are named twice.
    """
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if isinstance(argnums, int):
        chosen = args[_checked_argnum(argnums, len(args))]
        return (chosen,) if as_tuple else chosen
    places = tuple(_checked_argnum(a, len(args)) for a in argnums)
    if not places:
        raise RuntimeError("argnums must be non-empty")
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {places}")
    return tuple(args[i] for i in places)


def replaced_args(args: tuple[Any, ...], new: tuple[Any, ...], argnums: Any) -> tuple[Any, ...]:
    """The arguments with those that `argnums` names replaced."""
    if isinstance(argnums, int):
        places = [argnums]
    elif isinstance(argnums, tuple):
        places = list(argnums)
    else:
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    changed = list(args)
    for place, value in zip(places, new, strict=True):
        changed[place] = value
    return tuple(changed)


# -- entering and leaving a level


def _lifted(level: Tracking, tree: Any) -> Any:
    return tree_map(lambda x: level.wrap(x) if isinstance(x, Tensor) else x, tree)


def _made_variable(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
    layer = x._layer
    x._leaf = layer.level.variable(layer.inner)._leaf


def _unlifted(level: Tracking, tree: Any) -> Any:
    def unlift(x: Any) -> Any:
        if isinstance(x, Tensor):
            return level.inner(x)
        raise RuntimeError(f"Expected tensors, got unsupported type {type(x)}")

    return tree_map(unlift, tree)


def _with_aux(output: Any, api: str) -> tuple[Any, Any]:
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(f"{api}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return output


def grad(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of another.

    Args:
        func: Returns a 0-d tensor; with `has_aux` a tuple of one and anything besides.
        argnums: Which positional arguments to differentiate with respect to.
        has_aux: Whether `func` returns something besides, which is handed on.

    Returns:
        What returns the gradients, shaped as the arguments (a tuple of them for a tuple of argnums); with `has_aux`, a tuple
        of them and the rest.
    """

    @named_as(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        gradients, rest = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (gradients, rest[1]) if has_aux else gradients

    return wrapper


def grad_and_value(func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that computes the gradient of another, and its value; see `grad`."""

    @named_as(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return _grad_and_value(func, argnums, has_aux, args, kwargs)

    return wrapper


def _grad_and_value(
    func: Callable[..., Any], argnums: Any, has_aux: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, Any]:
    with disable_saved_tensors_hooks(_HOOKS), Tracking() as level:
        with enable_grad():
            args, kwargs = _lifted(level, args), _lifted(level, kwargs)
            chosen = argnums_slice(args, argnums, as_tuple=False)
            tree_map(_made_variable, chosen)
            output = func(*args, **kwargs)
        aux = None
        if has_aux:
            if not (isinstance(output, tuple) and len(output) == 2):
                raise RuntimeError(
                    "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"
                )
            output, aux = output
        if not isinstance(output, Tensor):
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}")
        if output._value.ndim:
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{output._value.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        flat, spec = tree_flatten(chosen)
        output = level.lift(output)
        value = level.inner(output)
        if has_aux:
            aux = _unlifted(level, aux)
    if output.requires_grad and not output.dtype.is_floating_point:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {output.dtype!r}")
    found = gradient([output], flat, [TENSORS.ones_like(value)], record=state.grad_enabled)
    gradients = tree_unflatten(found, spec)
    return gradients, (value, aux) if has_aux else value


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of a function, and a function that computes vector-Jacobian products.

    Args:
        func: Returns a tensor or nested containers of tensors; with `has_aux` a tuple of that and anything besides.
        primals: Its arguments, tensors or nested containers of them.
        has_aux: Whether `func` returns something besides.

    Returns:
        (output, vjp_fn), and the rest with `has_aux`. vjp_fn takes cotangents shaped as the output and returns a tuple with
        the gradient of each primal.
    """
    return vjp_with_argnums(func, *primals, has_aux=has_aux)


def _only_tensors(flat: Sequence[Any], api: str) -> None:
    if not flat or (len(flat) == 1 and flat[0] is None):
        raise RuntimeError(f"{api}: Expected f to be a function that has non-empty output (got output = {list(flat)})")
    for item in flat:
        if not isinstance(item, Tensor):
            raise RuntimeError(f"{api}: expected f(*primals) to return only tensors, got unsupported type {type(item)}")


def vjp_with_argnums(func: Callable[..., Any], *primals: Any, argnums: Any = None, has_aux: bool = False) -> Any:
    """As `vjp`, for the primals that `argnums` names; for all of them if it is None."""
    with disable_saved_tensors_hooks(_HOOKS), Tracking() as level:
        with enable_grad():
            lifted = _lifted(level, primals)
            chosen = lifted if argnums is None else argnums_slice(lifted, argnums, as_tuple=False)
            tree_map(_made_variable, chosen)
            output = func(*lifted)
        aux = None
        if has_aux:
            output, aux = _with_aux(output, "vjp(f, *primals)")
            aux = _unlifted(level, aux)
        flat_output, output_spec = tree_flatten(output)
        _only_tensors(flat_output, "vjp(f, *primals)")
        flat_chosen, chosen_spec = tree_flatten(chosen)
        result = _unlifted(level, output)
        for item in flat_output:
            if item._value.dtype.kind not in "fc":
                raise RuntimeError(
                    f"vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype {item.dtype!r}"
                )
        flat_output = [level.lift(item) for item in flat_output]

    def wrapper(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        flat, spec = tree_flatten(cotangents)
        if spec != output_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. cotangents: "
                f"{spec.pretty()}, primal output: {output_spec.pretty()}"
            )
        _fitting(flat_output, flat)
        record = state.grad_enabled if create_graph is None else create_graph
        found = gradient(flat_output, flat_chosen, flat, record=record, keep=retain_graph)
        return tree_unflatten(found, chosen_spec)

    return (result, wrapper, aux) if has_aux else (result, wrapper)


def _fitting(outputs: Sequence[Tensor], cotangents: Sequence[Any]) -> None:
    """See that cotangents have the shapes of the outputs they belong to.

    Raises:
        RuntimeError: One has not.
    """
    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
    for index, (output, cotangent) in enumerate(pairs):
        if not isinstance(cotangent, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(cotangent).__name__}")
        if cotangent._value.shape != output._value.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{index}] has a shape of {cotangent.shape!r} and output[{index}] has a shape of "
                f"{Size(output._value.shape)!r}."
            )


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The value of a function and its Jacobian-vector product, by forward-mode differentiation.

    Args:
        func: Returns a tensor or nested containers of tensors; with `has_aux` a tuple of that and anything besides.
        primals: A tuple of its arguments.
        tangents: A tuple shaped as primals.
        strict: Whether an output that does not depend on the primals is an error.
        has_aux: Whether `func` returns something besides.

    Returns:
        (output, its tangent), and the rest with `has_aux`.
    """
    return jvp_with_argnums(func, primals, tangents, argnums=None, strict=strict, has_aux=has_aux)


def _list_of_tensors(flat: Sequence[Any], name: str) -> None:
    if not flat:
        raise RuntimeError(f"{_JVP}: Expected {name} to contain at least one Tensor.")
    for item in flat:
        if not isinstance(item, Tensor):
            raise RuntimeError(f"{_JVP}: Expected {name} to only contain Tensors, got {type(item)}")


def jvp_with_argnums(
    func: Callable[..., Any], primals: Any, tangents: Any, argnums: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """As `jvp`, with tangents for the primals that `argnums` names; for all of them if it is None."""
    from ..autograd.forward_ad import check_dual

    if not isinstance(primals, tuple):
        raise RuntimeError(f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    chosen = primals if argnums is None else argnums_slice(primals, argnums)
    flat_primals, spec = tree_flatten(chosen)
    flat_tangents, tangents_spec = tree_flatten(tangents)
    if spec != tangents_spec:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of 3 "
            f"tensors, tangents also must be. Got primals with structure {spec} and tangents with structure {tangents_spec}"
        )
    _list_of_tensors(flat_primals, "primals")
    _list_of_tensors(flat_tangents, "tangents")
    with Tracking(respects_no_grad=False) as level:
        duals = []
        for primal, tangent in zip(flat_primals, flat_tangents, strict=True):
            check_dual(primal, tangent)
            duals.append(level.make_dual(primal, tangent))
        given = tree_unflatten(duals, spec)
        if argnums is not None:
            given = replaced_args(_lifted(level, primals), given, argnums)
        output = func(*given)
        aux = None
        if has_aux:
            output, aux = _with_aux(output, _JVP)
            aux = _unlifted(level, aux)
        flat_output, output_spec = tree_flatten(output)
        _only_tensors(flat_output, _JVP)
        values: list[Tensor] = []
        derivatives: list[Tensor] = []
        for item in flat_output:
            primal, found = level.unpack_dual(item)
            if found is None:
                if strict:
                    raise RuntimeError(
                        "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
                        "with strict=True."
                    )
                found = TENSORS.zeros_like(primal)
            values.append(level.inner(primal))
            derivatives.append(level.inner(found))
    result = tree_unflatten(values, output_spec), tree_unflatten(derivatives, output_spec)
    return (*result, aux) if has_aux else result
