"""torch.utils.checkpoint: recompute in backward what forward did not keep.

Two kinds. The reentrant one is a Function that runs forward without recording and, in its backward, again with recording, and
a pass of its own. The other records as usual, but its saved tensors are placeholders; the first of them that is needed in a
pass runs forward once more and fills them.
"""

from __future__ import annotations

import uuid
import weakref
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final
from weakref import WeakKeyDictionary

from .. import modes
from ..autograd.calls import backward
from ..backward import current_pass, is_checkpoint_valid
from ..frames import warn
from ..function import Function
from ..function_node import without_grad
from ..modes import state
from ..nn.modules.container import Sequential
from ..random import fork_rng, get_rng_state, set_rng_state
from ..saved_hooks import saved_tensors_hooks
from ..saved_tensor import SavedTensor, keep_tensor
from ..tensor import Tensor

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

TIP: Final = """
Tip: To see a more detailed error message, either pass `debug=True` to
`torch.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint‑debug mode globally.

If this error occurs under torch.compile with automatic_dynamic_shapes enabled,
it may be because the recomputation selected a different compiled graph than the
forward pass (e.g., a dynamic graph instead of the original static graph).
To fix this, either:
  - Use torch._dynamo.mark_dynamic() to explicitly mark varying dimensions as
    dynamic upfront, avoiding the static-to-dynamic transition.
  - Call torch._C._dynamo.eval_frame._set_lru_cache(False) to disable LRU cache
    reordering, which can change which graph is checked first between forward
    and recompute.
See https://github.com/pytorch/pytorch/issues/166926 for more details and
workaround examples.
"""
SUPPRESSED: Final = (
    "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the checkpointed "
    "forward. This is not supported because checkpoint cannot return a value for a failed forward."
)
BROKEN: Final = (
    "Something went unexpectedly wrong in activation checkpoint. Please report this bug by filing an issue to PyTorch."
)


class CheckpointError(RuntimeError):
    """Recomputation did not do what forward did."""


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


@contextmanager
def _recording() -> Iterator[None]:
    enabled = state.grad_enabled
    modes.set_grad_enabled(True)
    try:
        yield
    finally:
        modes.set_grad_enabled(enabled)


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
            with _recording():
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


def _check(condition: bool) -> None:
    if not condition:
        raise AssertionError(BROKEN)


class _Handle:
    """The key of one recomputed tensor, in one pass."""


class _Holder:
    """What stands in a node for a tensor that is not kept.

    Attributes:
        handles: By pass, the key of the recomputed tensor; None once that was used.
    """

    def __init__(self) -> None:
        self.handles: dict[Any, _Handle | None] = {}


def _metadata(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


CHECKS: Final[dict[str, Callable[[Tensor], Any]]] = {"default": _metadata, "none": lambda _: None}


class _StopRecomputation(Exception):  # noqa: N818 (no error: everything needed is there)
    """Everything that is needed has been recomputed."""


class _Frame:
    """One checkpointed call.

    Attributes:
        recompute: Runs the function again.
        early_stop: Whether to leave it as soon as everything is there.
        metadata_of: What to compare of a recomputed tensor.
        saved_args: The arguments, the tensors among them kept as a node would.
        holders: The placeholders, in the order forward saved tensors.
        metadatas: What was noted of each tensor.
        recomputed: By pass, the recomputed tensors.
        counters: By pass, how many were.
        done: The passes that have been recomputed for.
        completed: Whether forward is over.
        unequal: Whether a backward within forward makes the numbers differ.
    """

    def __init__(self, recompute: Callable[..., None], early_stop: bool, metadata_of: Callable[[Tensor], Any]) -> None:
        self.recompute = recompute
        self.early_stop = early_stop
        self.metadata_of = metadata_of
        self.saved_args: list[Any] = []
        self.holders: list[weakref.ref[_Holder]] = []
        self.metadatas: list[Any] = []
        self.recomputed: defaultdict[Any, WeakKeyDictionary[_Handle, Tensor]] = defaultdict(WeakKeyDictionary)
        self.counters: defaultdict[Any, int] = defaultdict(int)
        self.done: defaultdict[Any, bool] = defaultdict(bool)
        self.completed = False
        self.unequal = False

    def inputs(self) -> list[Any]:
        """The arguments, as they were."""
        return [a.unpack() if isinstance(a, SavedTensor) else a for a in self.saved_args]

    # Placeholders.

    def pack(self, tensor: Tensor) -> _Holder:
        """Keep a placeholder."""
        holder = _Holder()
        self.holders.append(weakref.ref(holder))
        self.metadatas.append(self.metadata_of(tensor))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        """The tensor a placeholder stands for, recomputed if need be.

        Raises:
            CheckpointError: Recomputation differed, or the tensor was used up in this pass.
        """
        walk = current_pass()
        group = GraphExecGroup.current
        key: Any = group if group is not None else int(uuid.uuid4()) if walk is None else walk.number
        if not self.done[key]:
            arguments = self.inputs()
            try:
                with _Recomputation(self, key), _recording():
                    self.recompute(*arguments)
            except _StopRecomputation:
                pass
            self.done[key] = True
            self.compare(key)
        _check(key in holder.handles)
        handle = holder.handles[key]
        if handle is None:
            overlap = (
                "Performing two backward calls that overlap (i.e. require the same saved activation in order to compute gradients) is "
                "not allowed while under the torch.utils.checkpoint.GraphExecGroup context. "
                if group is not None
                else ""
            )
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. "
                f"{overlap}If you are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an "
                "issue with details on your use case."
            )
        _check(handle in self.recomputed[key])
        found = self.recomputed[key][handle]
        holder.handles[key] = None
        return found

    # Recomputation.

    def take(self, tensor: Tensor, key: Any) -> Tensor:
        """Note a tensor that recomputation saves."""
        if tensor.requires_grad:
            tensor = tensor.detach()
        index = self.counters[key]
        self.counters[key] += 1
        if index >= len(self.holders):
            if self.early_stop:
                raise AssertionError("Unexpected state: target_frame.early_stop is set")
            if not self.completed:
                # A backward within forward comes here, if recomputation does not stop early.
                self.unequal = True
                return tensor
            raise CheckpointError(
                "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward pass.\n"
                f"{TIP}"
            )
        holder = self.holders[index]()
        # A placeholder that is gone was used up by a backward within forward.
        if holder is not None:
            _check(holder.handles.get(key) is None)
            handle = holder.handles[key] = _Handle()
            self.recomputed[key][handle] = tensor
        if self.early_stop and self.counters[key] == len(self.holders):
            raise _StopRecomputation
        return tensor

    def compare(self, key: Any) -> None:
        """See that recomputation saved what forward did.

        Raises:
            CheckpointError: It did not.
        """
        if self.unequal:
            return
        if len(self.holders) != self.counters[key]:
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(self.holders)}\n"
                f"Number of tensors saved during recomputation: {self.counters[key]}.\n{TIP}"
            )
        differing = ""
        for index, reference in enumerate(self.holders):
            holder = reference()
            if holder is None:
                continue
            handle = holder.handles[key]
            _check(handle is not None)
            assert handle is not None
            now = self.metadata_of(self.recomputed[key][handle])
            if self.metadatas[index] != now:
                differing += (
                    f"tensor at position {index}:\nsaved metadata: {self.metadatas[index]}\nrecomputed metadata: {now}\n"
                )
        if differing:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the forward "
                f"pass.\n{differing}.\n{TIP}"
            )


class _Recomputation(saved_tensors_hooks):
    """Notes what recomputation saves."""

    def __init__(self, frame: _Frame, key: Any) -> None:
        reference = weakref.ref(frame)

        def pack(tensor: Tensor) -> Tensor:
            target = reference()
            if target is None:
                raise AssertionError("Internal error: target_frame reference is None")
            return target.take(tensor, key)

        super().__init__(pack, lambda tensor: tensor)


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
    frame = _Frame(recompute, stops, CHECKS[determinism_check])
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


class GraphExecGroup:
    """Within it, several passes over one checkpointed call recompute it once, if no two need the same saved tensor."""

    current: GraphExecGroup | None = None

    def __enter__(self) -> GraphExecGroup:
        if GraphExecGroup.current is not None:
            raise RuntimeError(f"GraphExecGroup contexts cannot be nested. Already inside group {GraphExecGroup.current}")
        GraphExecGroup.current = self
        return self

    def __exit__(self, *exception: object) -> None:
        GraphExecGroup.current = None


for _public in (CheckpointError, CheckpointFunction, GraphExecGroup):
    _public.__module__ = "torch.utils.checkpoint"


def __dir__() -> list[str]:
    return __all__
