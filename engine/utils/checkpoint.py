"""torch.utils.checkpoint: recompute in backward what forward did not keep.

Two kinds. The reentrant one is a Function that runs forward without recording and, in its backward, again with recording, and
a pass of its own. The other records as usual, but its saved tensors are placeholders; the first of them that is needed in a
pass runs forward once more and fills them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from ..autograd.calls import backward
from ..backward import is_checkpoint_valid
from ..frames import warn
from ..function import Function
from ..function_node import without_grad
from ..modes import state
from ..nn.modules.container import Sequential
from ..random import fork_rng, get_rng_state, set_rng_state
from ..saved_hooks import saved_tensors_hooks
from ..saved_tensor import keep_tensor
from ..tensor import Tensor
from .recomputation import CHECKS, CheckpointError, Frame, GraphExecGroup, recording

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "GraphExecGroup",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "detach_variable",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
]

SUPPRESSED: Final = (
    "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the checkpointed "
    "forward. This is not supported because checkpoint cannot return a value for a failed forward."
)


class _Settings:
    """What the contexts below set for all checkpoints; None leaves it to each."""

    early_stop: bool | None = None
    debug: bool | None = None


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Say whether checkpoints whose forward runs within it stop recomputing as soon as they have all they need."""
    before, _Settings.early_stop = _Settings.early_stop, enable
    try:
        yield
    finally:
        _Settings.early_stop = before


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Say whether checkpoints within it tell of every operation when recomputation differs; None leaves it to each."""
    before, _Settings.debug = _Settings.debug, enabled
    try:
        yield
    finally:
        _Settings.debug = before


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments, with every tensor detached and requiring grad as before.

    Raises:
        RuntimeError: They are no tuple.
    """
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}")
    return tuple(a.detach().requires_grad_(a.requires_grad) if isinstance(a, Tensor) else a for a in inputs)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if none of the tensors requires grad."""
    if not any(a.requires_grad for a in inputs if isinstance(a, Tensor)):
        warn("None of the inputs have requires_grad=True. Gradients will be None", UserWarning)


class CheckpointFunction(Function):
    """The reentrant checkpoint."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """Run the function without recording."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.preserve_rng_state = preserve_rng_state
        if preserve_rng_state:
            ctx.fwd_cpu_state = get_rng_state()
        ctx.inputs = [None if isinstance(a, Tensor) else a for a in args]
        ctx.tensor_indices = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.save_for_backward(*[args[i] for i in ctx.tensor_indices])
        return without_grad(run_function, *args)

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        """Run it again with recording, and a pass over what that recorded.

        Raises:
            RuntimeError: The pass does not go to all leaves, or nothing needs a gradient.
        """
        if not is_checkpoint_valid():
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
                ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing "
                "the `inputs` argument."
            )
        inputs = list(ctx.inputs)
        for i, tensor in zip(ctx.tensor_indices, ctx.saved_tensors, strict=True):
            inputs[i] = tensor
        with fork_rng(enabled=ctx.preserve_rng_state):
            if ctx.preserve_rng_state:
                set_rng_state(ctx.fwd_cpu_state)
            detached = detach_variable(tuple(inputs))
            with recording():
                outputs = ctx.run_function(*detached)
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, args, strict=False) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[a.grad if isinstance(a, Tensor) else None for a in detached])


def noop_context_fn() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
    """Two contexts that do nothing."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function without keeping what its backward needs; backward calls it again.

    Args:
        function: The function.
        args: Its arguments.
        use_reentrant: Which of the two kinds (see above); the reentrant one if not said.
        context_fn: Makes the contexts that forward and the recomputation run in.
        determinism_check: "default" to compare shapes and dtypes of what is recomputed, or "none".
        debug: Whether an error tells of every operation; not available.
        early_stop: Whether to stop recomputing as soon as everything needed is there.
        **kwargs: `preserve_rng_state`, and keyword arguments of the function.

    Raises:
        ValueError: An option is not one of this kind.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
            "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
            "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
            "differences between the two variants.",
            UserWarning,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs and use_reentrant:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if use_reentrant:
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    steps = _around_forward(function, preserve, context_fn, determinism_check, debug, early_stop, args, kwargs)
    next(steps)
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        try:
            steps.throw(error)
        except StopIteration as stop:
            raise RuntimeError(SUPPRESSED) from stop
        raise
    try:
        next(steps)
    except StopIteration:
        return result
    raise AssertionError(
        "torch.utils.checkpoint: expected context_fn generator to yield exactly twice, but it yielded more than twice."
    )


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any) -> Any:
    """Call functions one after the other, with a checkpoint round each segment of them but the last.

    Args:
        functions: A Sequential, or a list.
        segments: How many segments to make.
        input: What the first is given.
        use_reentrant: Which kind of checkpoint.
        **kwargs: `preserve_rng_state`.

    Raises:
        ValueError: There are other keyword arguments.
    """
    if use_reentrant is None:
        warn(
            "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed explicitly. In version 2.9 we "
            "will raise an exception if use_reentrant is not passed. use_reentrant=False is recommended, but if you need to preserve "
            "the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the differences "
            "between the two variants.",
            UserWarning,
        )
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if isinstance(functions, Sequential):
        functions = list(functions.children())

    def segment(start: int, end: int) -> Callable[[Any], Any]:
        def run(value: Any) -> Any:
            for i in range(start, end + 1):
                value = functions[i](value)
            return value

        return run

    size = len(functions) // segments
    end = -1
    for start in range(0, size * (segments - 1), size):
        end = start + size - 1
        input = checkpoint(segment(start, end), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return segment(end + 1, len(functions) - 1)(input)


# -- without a pass of its own


def _around_forward(
    function: Callable[..., Any],
    preserve_rng_state: bool,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]],
    determinism_check: str,
    debug: bool,
    early_stop: bool,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Generator[None, None, None]:
    """What comes before the one step, and after it, of a checkpointed forward."""
    if debug if _Settings.debug is None else _Settings.debug:
        if context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        raise NotImplementedError("the embedded engine does not keep the log of operations that debug=True shows")
    if determinism_check not in CHECKS:
        raise ValueError(f"determinism_check should be one of {list(CHECKS)}, but got {determinism_check}")
    forward_context, recompute_context = context_fn()
    rng_state = get_rng_state() if preserve_rng_state else None

    def recompute(*inputs: Any) -> None:
        with fork_rng(enabled=preserve_rng_state):
            if rng_state is not None:
                set_rng_state(rng_state)
            with recompute_context:
                function(*inputs, **kwargs)

    stops = early_stop if _Settings.early_stop is None else _Settings.early_stop
    frame = Frame(recompute, stops, CHECKS[determinism_check])
    if not state.grad_enabled:
        yield
        return
    frame.saved_args = [keep_tensor(a) if isinstance(a, Tensor) else a for a in args]
    suppressed = False
    with saved_tensors_hooks(frame.pack, frame.unpack), forward_context:
        try:
            yield
        except BaseException:
            suppressed = True
            raise
    if suppressed:
        raise RuntimeError(SUPPRESSED)
    frame.completed = True


for _public in (CheckpointError, CheckpointFunction, GraphExecGroup):
    _public.__module__ = "torch.utils.checkpoint"


def __dir__() -> list[str]:
    return __all__
