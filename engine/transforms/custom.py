"""User-defined Functions under transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from .. import modes
from ..function import BackwardFunction, Function, apply_function
from ..modes import state
from ..pytree import broadcast_to_and_flatten, tree_flatten, tree_leaves, tree_unflatten
from ..tensor import Tensor
from .batching import Batching
from .duals import Duals
from .level import Level, layer_of, live, mapped
from .tracking import Tracking, keep_twins, tangent_of

__all__ = ["VmapInfo", "apply_batched", "apply_tracking", "apply_with_tangents"]

_MORE: Final = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
_SETUP: Final = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
    f"setup_context staticmethod. {_MORE}"
)


def _check_setup(function: type[Function]) -> None:
    if function.setup_context is Function.setup_context:
        raise RuntimeError(_SETUP)


def _outputs(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


# -- tangents


def apply_with_tangents(level: Duals, function: type[Function], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a Function, and its `jvp` if an argument has a tangent."""
    tangents = [tangent_of(a) if isinstance(a, Tensor) else None for a in args]
    if state.inference or all(t is None for t in tangents):
        return level.lowered(apply_function, function, args, options)
    nodes: list[BackwardFunction] = []

    def derive(ctx: BackwardFunction, outputs: list[Any]) -> None:
        nodes.append(ctx)
        _derive(level, function, ctx, args, tangents, outputs)

    result = level.lowered(apply_function, function, args, options, derive)
    made = [o for o in _outputs(result) if isinstance(o, Tensor)]
    level.note(*made, *keep_twins(nodes[0], _outputs(result)))
    return result


def _derive(
    level: Level,
    function: type[Function],
    ctx: BackwardFunction,
    args: Sequence[Any],
    tangents: Sequence[Tensor | None],
    outputs: Sequence[Any],
) -> None:
    """Give a Function's outputs the tangents that its `jvp` computes.

    Raises:
        RuntimeError: They do not fit the outputs.
    """
    from .tangents import like

    def inner(tensor: Tensor) -> Tensor:
        layer = layer_of(tensor)
        return tensor if layer is None or layer.level is not level else layer.inner

    given = [
        t
        if t is not None or not isinstance(a, Tensor) or not ctx.materialize_grads or a._value.dtype.kind not in "fc"
        else level.lowered(like, inner(a))
        for a, t in zip(args, tangents, strict=True)
    ]
    memories = [a._value for a in args if isinstance(a, Tensor)]
    versions = {id(t): t._version for t in given if t is not None}
    dirty = {id(t) for t in ctx.dirty_tensors or ()}
    fixed = {id(t) for t in ctx.non_differentiable or ()}
    if isinstance(level, Tracking):
        given = [t if t is None else level.wrap(t) for t in given]
        with level.no_tangents():
            found = function.jvp(ctx, *given)
    else:
        found = level.lowered(function.jvp, ctx, *given)
    returned = _outputs(found)
    if len(returned) != len(outputs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} but got {len(returned)})"
        )
    for place, (output, tangent) in enumerate(zip(outputs, returned, strict=True)):
        if tangent is not None and not isinstance(tangent, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(tangent).__name__}) for grad output {place}.")
        if tangent is None:
            continue
        if not isinstance(output, Tensor) or output._value.dtype.kind not in "fc" or id(output) in fixed:
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {place}, but  the corresponding forward output is not a "
                "differentiable Tensor.You should return None at that position instead."
            )
        if tangent._value.shape != output._value.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. "
                f"Tensor is of size {list(output._value.shape)} while the given forward gradient is of size "
                f"{list(tangent._value.shape)}."
            )
        written = next((t for a, t in zip(args, given, strict=True) if a is output), None)
        if written is not None and id(output) in dirty:
            if written._version == versions.get(id(written), 0):
                raise RuntimeError(
                    "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is modifying an "
                    "input inplace, then the jvp function must modify the corresponding gradient inplace."
                )
            if tangent is not written:
                raise RuntimeError(
                    "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is modifying an input "
                    "inplace, then the jvp function must modify the gradient inplace and return it as-is."
                )
        elif tangent._view is None and (output._view is not None or any(output._value is v for v in memories)):
            raise RuntimeError(
                "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
            )
        output._tangent = level.inner(tangent) if isinstance(level, Tracking) else tangent


# -- grad, vjp, jvp


def apply_tracking(level: Tracking, function: type[Function], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a Function at a level of its own: a Function around it that calls it below."""
    _check_setup(function)
    lifted = mapped(level.lift, args)

    def forward(*operands: Any) -> Any:
        inner = mapped(level.inner, operands)
        enabled = state.grad_enabled
        modes.set_grad_enabled(True)
        try:
            result = level.lowered(lambda: function.apply(*inner, **options))
        finally:
            modes.set_grad_enabled(enabled)
        same = {id(below): above for below, above in zip(inner, operands, strict=True) if isinstance(below, Tensor)}
        made = [same[id(o)] if id(o) in same else level.wrap(o) if isinstance(o, Tensor) else o for o in _outputs(result)]
        return tuple(made) if isinstance(result, tuple) else made[0]

    body = {
        "forward": staticmethod(forward),
        "setup_context": staticmethod(function.setup_context),
        "backward": staticmethod(function.backward if function.vjp is Function.vjp else function.vjp),
        "jvp": staticmethod(function.jvp),
        "__module__": function.__module__,
    }
    made: Any = type(f"{function.__name__}Generated", (Function,), body)
    tangents = [tangent_of(a) if isinstance(a, Tensor) else None for a in lifted]
    nodes: list[BackwardFunction] = []

    def derive(ctx: BackwardFunction, outputs: list[Any]) -> None:
        nodes.append(ctx)
        if any(t is not None for t in tangents):
            _derive(level, made, ctx, lifted, tangents, outputs)

    result = apply_function(made, tuple(lifted), {}, derive)
    keep_twins(nodes[0], _outputs(result))
    return result


# -- vmap


class VmapInfo(NamedTuple):
    """What a Function's `vmap` is told of the batch.

    Attributes:
        batch_size: How many samples there are.
        randomness: "error", "same" or "different".
    """

    batch_size: int
    randomness: str


def _parted(level: Batching, tree: Any) -> tuple[Any, Any]:
    """Nested containers one level below, and where the batch is in each leaf."""
    flat, spec = tree_flatten(tree)
    if not flat:
        return tree, ()
    parts = [level.parts(x) if isinstance(x, Tensor) else (x, None) for x in flat]
    return tree_unflatten([p[0] for p in parts], spec), tree_unflatten([p[1] for p in parts], spec)


def _joined(level: Batching, tree: Any, dims: Any) -> Any:
    """Nested containers as the level has them, from those below and where the batch is in each leaf."""
    flat, spec = tree_flatten(tree)
    places = broadcast_to_and_flatten(dims, spec)
    assert places is not None
    return tree_unflatten([x if d is None else level.wrap(x, d) for x, d in zip(flat, places, strict=True)], spec)


def apply_batched(level: Batching, function: type[Function], args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Call a Function for a whole batch: by its own `vmap`, or by one generated from its other methods."""
    _check_setup(function)
    if any(isinstance(v, Tensor) for v in tree_leaves(options)):
        raise NotImplementedError(
            "Run vmap on autograd.Function with kwarg-only Tensor args. Please do not pass kwarg-only Tensors to autograd.Function. "
            f"Got: {options}"
        )
    own = function.vmap is not Function.vmap
    if function.generate_vmap_rule:
        if own:
            raise RuntimeError(
                f"You tried to vmap over {function.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
                f"staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity. {_MORE}"
            )
        return _generated(level, function, args)
    if not own:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it does not have vmap support. Please override and implement the vmap "
            f"staticmethod or set generate_vmap_rule=True. {_MORE}"
        )
    inner, dims = _parted(level, args)
    if all(d is None for d in tree_leaves(dims)):
        return level.lowered(lambda: function.apply(*inner, **options))
    info = VmapInfo(level.size, level.randomness)
    returned = level.lowered(lambda: function.vmap(info, dims, *inner, **options))
    expected = "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with the output. "
    if not isinstance(returned, tuple):
        raise RuntimeError(f"{expected}Got a {type(returned)} instead")
    if len(returned) != 2:
        raise RuntimeError(f"{expected}Got {len(returned)} returns instead")
    output, out_dims = returned
    flat, spec = tree_flatten(output)
    places = broadcast_to_and_flatten(out_dims, spec)
    if places is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure {tree_flatten(out_dims)[1]} "
            f"but output has structure {spec}. {_MORE}"
        )
    same = {id(b): a for b, a in zip(tree_leaves(inner), tree_leaves(args), strict=True) if isinstance(b, Tensor)}
    made = [
        same[id(o)] if id(o) in same else o if d is None or not isinstance(o, Tensor) else level.wrap(o, d)
        for o, d in zip(flat, places, strict=True)
    ]
    return tree_unflatten(made, spec)


class _Context:
    """A ctx that keeps, and gives, what is saved at a level of its own.

    Args:
        ctx: The ctx it hands everything else on to.
        saved: What `saved_tensors` gives; None if it is to keep.
        level: The level things are kept at.
    """

    def __init__(self, ctx: Any, saved: Any = None, level: Batching | None = None) -> None:
        self.__dict__.update(_ctx=ctx, _saved=saved, _level=level, _dims=())

    def __getattr__(self, name: str) -> Any:
        if name == "saved_tensors" and self._saved is not None:
            return self._saved
        return getattr(self._ctx, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._ctx, name, value)

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, and where the batch is in each."""
        inner, self.__dict__["_dims"] = _parted(self._level, tensors)
        self._ctx.save_for_backward(*inner)

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for jvp, and where the batch is in each."""
        inner, self.__dict__["_dims"] = _parted(self._level, tensors)
        self._ctx.save_for_forward(*inner)


def _generated(level: Batching, function: type[Function], args: tuple[Any, ...]) -> Any:
    """A Function whose methods are the given one's, each under a vmap of its own."""
    inner, in_dims = _parted(level, args)
    kept: dict[str, Any] = {}
    size, randomness = level.size, level.randomness

    def within(call: Any, tree: Any, dims: Any) -> tuple[Any, Any]:
        with Batching(size, randomness) as own:
            return _parted(own, call(own, _joined(own, tree, dims)))

    def forward(*operands: Any) -> Any:
        output, kept["out_dims"] = within(lambda _, given: function.forward(*given), operands, in_dims)
        return output

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        def call(own: Batching, given: Any) -> None:
            wrapped = _Context(ctx, None, own)
            function.setup_context(wrapped, *given)
            kept["saved_dims"] = wrapped._dims
            kept["shapes"] = [x._value.shape if isinstance(x, Tensor) else None for x in given[0]]

        within(call, (inputs, output), (in_dims, kept["out_dims"]))

    def backward(ctx: Any, *grads: Any) -> Any:
        dims = _outputs(kept["out_dims"])
        places = tuple(None if g is None else d for g, d in zip(grads, dims, strict=True))
        found, where = within(
            lambda _, given: function.backward(_Context(ctx, given[0]), *given[1]),
            (ctx.saved_tensors, grads),
            (kept["saved_dims"], places),
        )
        return _reduced(_outputs(found), _outputs(where), in_dims, size, kept["shapes"])

    def jvp(ctx: Any, *tangents: Any) -> Any:
        places = tuple(None if t is None else d for t, d in zip(tangents, in_dims, strict=True))
        found, where = within(
            lambda _, given: function.jvp(_Context(ctx, given[0]), *given[1]),
            (ctx.saved_tensors, tangents),
            (kept["saved_dims"], places),
        )
        made = _reduced(_outputs(found), _outputs(where), _outputs(kept["out_dims"]), size, None)
        return made if isinstance(found, tuple) else made[0]

    body = {
        "forward": staticmethod(forward),
        "setup_context": staticmethod(setup_context),
        "backward": staticmethod(backward),
        "jvp": staticmethod(jvp),
        "generate_vmap_rule": True,
        "__module__": function.__module__,
    }
    made: Any = type(f"Vmapped{function.__name__}", (Function,), body)
    output = level.lowered(lambda: made.apply(*inner))
    return _joined(level, output, kept["out_dims"])


def _reduced(
    found: Sequence[Any], where: Sequence[Any], wanted: Sequence[Any], size: int, shapes: Sequence[Any] | None
) -> tuple[Any, ...]:
    """Gradients with the batch where what they belong to has it; summed over the batch where that has none."""
    from ..gradients import fit
    from ..graph import meta_of
    from ..rules import TENSORS

    made: list[Any] = []
    for place, (grad, dim) in enumerate(zip(found, where, strict=True)):
        into = wanted[place] if place < len(wanted) else None
        if grad is None or (dim is None and into is None):
            made.append(grad)
        elif into is None:
            made.append(grad.sum(dim))
        else:
            with Batching(size) as own:
                one = (
                    own.wrap(live(grad), dim)
                    if dim is not None
                    else own.wrap(TENSORS.expand(grad.unsqueeze(0), (size, *grad.shape)))
                )
                if shapes is not None and shapes[place] is not None and one._value.shape != shapes[place]:
                    one = fit(one, (shapes[place], meta_of(one._value)[1]), None, place)  # type: ignore[index]
                front = own.lowered(own.front, one)
            made.append(front.movedim(0, into) if into else front)
    return tuple(made)
