"""A tensor's place in the graph, as users see and change it: requires_grad, detach, data, clone, hooks."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from . import dtypes, modes, observe
from .graph import leaf_meta
from .handles import RemovableHandle, add_hook
from .modes import state
from .observe import OpCall
from .storage import COUNTERS, CountedInferenceCounter
from .tensor import OWN_DTYPE, Leaf, Tensor, tensor_attribute, tensor_method, wrap

__all__ = ["check_grad", "set_requires_grad"]


def set_requires_grad(tensor: Tensor, value: bool, kinds: str) -> None:
    """Set a leaf's requires_grad.

    Raises:
        RuntimeError: The tensor is no leaf, or its dtype cannot have gradients.
    """
    if modes.special and state.level is not None and state.level.functional:
        raise RuntimeError(
            "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) inside of a "
            "function being transformed by a functorch transform. This is unsupported, please attempt to use the functorch transforms "
            "(e.g. grad, vjp, jacrev, jacfwd, hessian) or call requires_grad_() outside of a function being transformed instead."
        )
    if tensor.is_inference() and value and not state.inference:
        raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
    # As PyTorch, which does not bring a view's grad_fn up to date to see whether it is a leaf.
    if tensor._edge is not None:
        if value:
            return
        raise RuntimeError(
            "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that "
            "doesn't require differentiation use var_no_grad = var.detach()."
        )
    if value and tensor._value.dtype.kind not in "fc":
        raise RuntimeError(f"only Tensors of {kinds} dtype can require gradients")
    changed = value != (tensor._leaf is not None)
    if changed:
        tensor._leaf = leaf_of(tensor) if value else None
    if changed and observe.active is not None:
        observe.active.requires_grad_changed(tensor, value)


def leaf_of(tensor: Tensor) -> Leaf:
    """What a tensor has from now on, as it requires grad of itself; with the hooks it had before."""
    leaf = Leaf()
    if tensor.__dict__:
        leaf.hooks = tensor.__dict__.get("_backward_hooks")
        leaf.post_hooks = tensor.__dict__.get("_post_accumulate_grad_hooks")
        leaf.grad_dtype = tensor.__dict__.get("_grad_dtype", OWN_DTYPE)
    return leaf


@tensor_method
def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set requires_grad and return the tensor.

    Raises:
        RuntimeError: The tensor is no leaf, or its dtype cannot have gradients.
        TypeError: The flag is no bool.
    """
    if not isinstance(requires_grad, bool):
        raise TypeError(
            f"requires_grad_(): argument 'requires_grad' (position 1) must be bool, not {type(requires_grad).__name__}"
        )
    set_requires_grad(self, requires_grad, "floating point")
    return self


def check_grad(tensor: Tensor, grad: Any) -> None:
    """See that something may be assigned to `.grad`.

    Raises:
        TypeError: It is no tensor.
        RuntimeError: It is the tensor itself, or of another size or dtype.
    """
    if grad is None:
        return
    if not isinstance(grad, Tensor):
        raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {type(grad).__name__}")
    if grad is tensor:
        raise RuntimeError("can't assign Variable as its own grad")
    wanted = grad_dtype_of(tensor)
    if wanted is not None and grad.dtype is not wanted:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{c_name(grad.dtype)}' to a tensor with grad_dtype "
            f"'{wanted._legacy}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). You can "
            "set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype with caution. "
            "Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they match."
        )
    if grad._value.shape != tensor._value.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(grad._value.shape)}' to a tensor of size '{list(tensor._value.shape)}'. "
            "Please ensure that the gradient and the tensor are the same size"
        )


def grad_dtype_of(tensor: Tensor) -> dtypes.dtype | None:
    """The dtype a tensor's gradient has; None if it may have any."""
    found: dtypes.dtype | None = tensor.__dict__.get("_grad_dtype", tensor.dtype) if tensor.__dict__ else tensor.dtype
    return found


def _get_grad_dtype(self: Tensor) -> dtypes.dtype | None:
    if not self.is_leaf:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    return grad_dtype_of(self)


def _set_grad_dtype(self: Tensor, value: dtypes.dtype | None) -> None:
    if value is not None and not isinstance(value, dtypes.dtype):
        raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
    if self._edge is not None:
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    held = self._grad
    if value is not None and held is not None and held.dtype is not value:
        raise RuntimeError(
            f"Cannot set grad_dtype to '{value._legacy}' because there is already a gradient with dtype '{c_name(held.dtype)}'. Please "
            "clear the gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype matches the existing "
            "gradient's dtype."
        )
    self.__dict__["_grad_dtype"] = value
    leaf: Leaf | None = self._leaf
    if leaf is not None:
        leaf.grad_dtype = value
        accumulator = None if leaf.accumulator is None else leaf.accumulator()
        if accumulator is not None:
            accumulator._metas = (leaf_meta(self),)


tensor_attribute("grad_dtype", property(_get_grad_dtype, _set_grad_dtype))


def c_name(d: dtypes.dtype) -> str:
    """A dtype by the name of its C++ type."""
    names = {"Byte": "unsigned char", "Char": "signed char", "Long": "long int", "Short": "short int", "Half": "c10::Half"}
    return names.get(d._legacy, d._legacy.lower() if not d.is_complex else f"c10::complex<{d.to_real()._legacy.lower()}>")


@tensor_method
def detach(self: Tensor) -> Tensor:
    """The same memory without history; writes to either are seen, and counted, by both."""
    if modes.special and state.level is not None:
        below: Tensor = state.level.same_memory(detach, self)
        return below
    counter = self._share()
    out = wrap(self._value)
    out._counter = CountedInferenceCounter(counter.storage) if counter.inference and not state.inference else counter
    if observe.active is not None:
        observe.active.op_called(OpCall("detach", (("self", self),), (out,), None, None, "self"))
    return out


@tensor_method
def detach_(self: Tensor) -> Tensor:
    """Cut the tensor's own history.

    Raises:
        RuntimeError: It is a view.
    """
    if modes.special and state.inference and not self.is_inference():
        # Inference mode has nothing to do with the graph.
        return self
    if self._view is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
            "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in "
            "torch/optim/optimizer.py as the solution."
        )
    counter = self._share()
    if self._edge is not None:
        from .graph import next_sequence_nr

        counter.detached_at = next_sequence_nr()
    self._edge = None
    self._leaf = None
    if observe.active is not None:
        observe.active.op_called(OpCall("detach_", (("self", self),), (self,), None, None, "self"))
    return self


def _data(self: Tensor) -> Tensor:
    """The same memory without history and with a version counter of its own: writes to it are not noticed by autograd."""
    if modes.special and state.level is not None:
        below: Tensor = state.level.same_memory(_data, self)
        return below
    storage = self._share().storage
    out = wrap(self._value)
    out._counter = COUNTERS[self.is_inference(), not (self.is_inference() and state.inference)](storage)
    if observe.active is not None:
        observe.active.op_called(OpCall("data", (("self", self),), (out,), None, None, "self"))
    return out


def _set_data(self: Tensor, new_data: Tensor) -> None:
    if not isinstance(new_data, Tensor):
        raise TypeError(f"Variable data has to be a tensor, but got {type(new_data).__name__}")
    if self._leaf is not None and new_data._value.dtype.kind not in "fc":
        raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
    theirs, ours = new_data._share(), self._share()
    if ours.inference != theirs.inference:
        version = ours.version
        ours = self._counter = COUNTERS[theirs.inference, ours.tracked]()
        ours.version = version
    ours.storage = theirs.storage
    self._value = new_data._value
    if observe.active is not None:
        observe.active.data_assigned(self)


tensor_attribute("data", property(_data, _set_data))


@tensor_method
def retain_grad(self: Tensor) -> None:
    """Fill `.grad` although the tensor is no leaf.

    Raises:
        RuntimeError: It does not require grad.
    """
    edge = self._edge
    if edge is None:
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        return
    node, number = edge
    node._hooked().retained[number] = weakref.ref(self)
    if observe.active is not None:
        observe.active.grad_retained(self)


def hooks_of(tensor: Tensor) -> OrderedDict[int, Any]:
    """The hooks of a tensor, found by its leaf or by its grad_fn."""
    hooks: OrderedDict[int, Any] | None = tensor.__dict__.get("_backward_hooks")
    if hooks is None:
        hooks = OrderedDict()
    edge = tensor._current_edge()
    if edge is not None:
        registered = edge[0]._hooked().tensor
        if not any(known is hooks for _, known in registered):
            registered.append((edge[1], hooks))
    elif tensor._leaf is not None:
        tensor._leaf.hooks = hooks
    tensor.__dict__["_backward_hooks"] = hooks
    return hooks


@tensor_method
def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Call `hook(grad)` whenever this tensor's gradient is computed; what it returns replaces the gradient.

    Raises:
        RuntimeError: The tensor does not require grad.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return add_hook(hooks_of(self), hook)


@tensor_method
def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> RemovableHandle:
    """Call `hook(tensor)` after a gradient was accumulated into a leaf's `.grad`.

    Raises:
        RuntimeError: The tensor is no leaf, or does not require grad.
    """
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not self.is_leaf:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    hooks = self.__dict__.setdefault("_post_accumulate_grad_hooks", OrderedDict())
    if self._leaf is not None:
        self._leaf.post_hooks = hooks
    return add_hook(hooks, hook)


def _hooks(name: str, slot: str) -> property:
    """The hooks of a tensor as its attribute. A leaf has them at hand; they outlive its requiring grad."""

    def get(self: Tensor) -> OrderedDict[int, Any] | None:
        self._current_edge()
        return self.__dict__.get(name)

    def put(self: Tensor, hooks: OrderedDict[int, Any] | None) -> None:
        self.__dict__[name] = hooks
        if self._leaf is not None:
            setattr(self._leaf, slot, hooks)

    return property(get, put)


tensor_attribute("_backward_hooks", _hooks("_backward_hooks", "hooks"))
tensor_attribute("_post_accumulate_grad_hooks", _hooks("_post_accumulate_grad_hooks", "post_hooks"))
