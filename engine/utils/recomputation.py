"""What a checkpoint without a pass of its own keeps instead of tensors, and how it comes by these again."""

from __future__ import annotations

import uuid
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

from .. import modes
from ..backward import current_pass
from ..modes import state
from ..saved_hooks import saved_tensors_hooks
from ..saved_tensor import SavedTensor
from ..tensor import Tensor

__all__ = ["CHECKS", "CheckpointError", "Frame", "GraphExecGroup", "recording"]

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
BROKEN: Final = (
    "Something went unexpectedly wrong in activation checkpoint. Please report this bug by filing an issue to PyTorch."
)


class CheckpointError(RuntimeError):
    """Recomputation did not do what forward did."""


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


@contextmanager
def recording() -> Iterator[None]:
    enabled = state.grad_enabled
    modes.set_grad_enabled(True)
    try:
        yield
    finally:
        modes.set_grad_enabled(enabled)


def _check(condition: bool) -> None:
    if not condition:
        raise AssertionError(BROKEN)


class Handle:
    """The key of one recomputed tensor, in one pass."""


class Holder:
    """What stands in a node for a tensor that is not kept.

    Attributes:
        handles: By pass, the key of the recomputed tensor; None once that was used.
    """

    def __init__(self) -> None:
        self.handles: dict[Any, Handle | None] = {}


def _metadata(tensor: Tensor) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


CHECKS: Final[dict[str, Callable[[Tensor], Any]]] = {"default": _metadata, "none": lambda _: None}


class _StopRecomputation(Exception):  # noqa: N818 (no error: everything needed is there)
    """Everything that is needed has been recomputed."""


class Frame:
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
        self.holders: list[weakref.ref[Holder]] = []
        self.metadatas: list[Any] = []
        self.recomputed: defaultdict[Any, WeakKeyDictionary[Handle, Tensor]] = defaultdict(WeakKeyDictionary)
        self.counters: defaultdict[Any, int] = defaultdict(int)
        self.done: defaultdict[Any, bool] = defaultdict(bool)
        self.completed = False
        self.unequal = False

    def inputs(self) -> list[Any]:
        """The arguments, as they were."""
        return [a.unpack() if isinstance(a, SavedTensor) else a for a in self.saved_args]

    # Placeholders.

    def pack(self, tensor: Tensor) -> Holder:
        """Keep a placeholder."""
        holder = Holder()
        self.holders.append(weakref.ref(holder))
        self.metadatas.append(self.metadata_of(tensor))
        return holder

    def unpack(self, holder: Holder) -> Tensor:
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
                with _Recomputation(self, key), recording():
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
            handle = holder.handles[key] = Handle()
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

    def __init__(self, frame: Frame, key: Any) -> None:
        reference = weakref.ref(frame)

        def pack(tensor: Tensor) -> Tensor:
            target = reference()
            if target is None:
                raise AssertionError("Internal error: target_frame reference is None")
            return target.take(tensor, key)

        super().__init__(pack, lambda tensor: tensor)
