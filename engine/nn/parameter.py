"""torch.nn.parameter: tensors that modules count among their parameters or buffers."""

from __future__ import annotations

import sys
from typing import Any

from .. import observe
from ..api import FUNCTIONS
from ..frames import inside
from ..table import Op
from ..tensor import Leaf, Tensor, wrap

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "UninitializedTensorMixin", "is_lazy"]


def _over_memory(cls: type[Any], data: Tensor, requires_grad: bool) -> Any:
    """A leaf of a class over a tensor's memory.

    Raises:
        RuntimeError: Tensors of its dtype cannot require grad.
    """
    if requires_grad and data._value.dtype.kind not in "fc":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    counter = data._share()
    made = object.__new__(cls)
    made._value = data._value
    made._edge = made._leaf = made._grad = made._view = None
    made._counter = counter
    if requires_grad:
        made.requires_grad_(True)
    if observe.active is not None:
        observe.active.tensor_created(made, cls.__name__)
    return made


class _Marked(type):
    """Counts a tensor of another class as an instance if it was marked as one."""

    _mark: str

    def __instancecheck__(cls, instance: Any) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        return cls.__dict__.get("_mark") is not None and isinstance(instance, Tensor) and cls._mark in instance.__dict__


class Parameter(Tensor, metaclass=_Marked):
    """A tensor that a Module counts among its parameters.

    Args:
        data: The tensor whose memory it takes; empty if not given.
        requires_grad: Whether gradients are computed for it.
    """

    _mark = "_is_param"

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = FUNCTIONS["empty"](0)
        if type(data) is Tensor or issubclass(type(data), Parameter):
            return _over_memory(cls, data, requires_grad)
        # A tensor of the user's own class stays one.
        made = data.detach()._as_subclass(type(data)).requires_grad_(requires_grad)
        made._is_param = True
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        made = memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuilt, (type(self), self.data, self.requires_grad, dict(self.__dict__))

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self)


def _rebuilt(cls: type[Any], data: Tensor, requires_grad: bool, attributes: dict[str, Any]) -> Any:
    made = cls(data, requires_grad)
    made.__dict__.update(attributes)
    return made


class Buffer(Tensor, metaclass=_Marked):
    """A tensor that a Module counts among its buffers.

    Args:
        data: The tensor whose memory it takes; empty if not given.
        persistent: Whether it is part of the module's state dict.
    """

    _mark = "_is_buffer"

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = FUNCTIONS["empty"](0)
        made = data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


def _refusal(cls_name: str) -> ValueError:
    """The error for an op on a tensor without a shape, naming the op."""
    name = "function"
    frame = sys._getframe(2)
    while frame is not None and inside(frame.f_code.co_filename):
        row = frame.f_locals.get("row")
        name = row.name if isinstance(row, Op) else frame.f_code.co_name
        frame = frame.f_back  # type: ignore[assignment]
    return ValueError(
        f"Attempted to use an uninitialized parameter in <built-in method {name}>. This error happens when you are using a `LazyModule` "
        f"or explicitly manipulating `torch.nn.parameter.{cls_name}` objects. When using LazyModules Call `forward` with a dummy batch "
        "to initialize the parameters before calling torch functions"
    )


class UninitializedTensorMixin:
    """What a parameter or buffer is as long as its shape is not known.

    Raises:
        ValueError: An op other than a conversion is tried on it.
    """

    cls_to_become: type[Any]
    __slots__ = ()

    # Whatever computes asks a tensor for its memory: this is the one door to close.
    @property
    def _value(self) -> Any:
        raise _refusal(type(self).__name__)

    @_value.setter
    def _value(self, value: Any) -> None:
        _memory.__set__(self, value)

    @property
    def data(self) -> Tensor:
        """The memory of the tensor: it has none yet, but a dtype."""
        return wrap(_memory.__get__(self))

    @data.setter
    def data(self, value: Tensor) -> None:
        _memory.__set__(self, value._value)

    @property
    def dtype(self) -> Any:
        """The type the elements will have."""
        return self.data.dtype

    @property
    def shape(self) -> Any:
        """Not known yet.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` when trying "
            "to load an uninitialized parameter into an initialized one. Call `forward` to initialize the parameters before accessing "
            "their attributes."
        )

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Give it memory, which makes it an ordinary one.

        Args:
            shape: Of the data.
            device: The CPU.
            dtype: Of the data; its own if not given.
        """
        made = FUNCTIONS["empty"](shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self.cls_to_become
        vars(Tensor)["data"].__set__(self, made)

    def share_memory_(self) -> Any:
        """Not possible yet.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize the parameters before calling "
            "`module.share_memory()`."
        )

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"<{type(self).__name__}>"


_memory: Any = vars(Tensor)["_value"]


def _allow(name: str) -> None:
    """Let a method run, on a plain tensor over the same memory."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        plain = self.data
        result = getattr(plain, name)(*args, **kwargs)
        return self if result is plain else result

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"As Tensor.{name}."
    setattr(UninitializedTensorMixin, name, method)


for _name in (
    "size",
    "copy_",
    "is_complex",
    "is_floating_point",
    "half",
    "float",
    "double",
    "char",
    "short",
    "int",
    "long",
    "cpu",
    "to",
):
    _allow(_name)


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)


def _without_shape(cls: type[Any], requires_grad: bool, device: Any, dtype: Any) -> Any:
    made = _over_memory(cls, FUNCTIONS["empty"](0, device=device, dtype=dtype), False)
    made._leaf = Leaf() if requires_grad else None
    return made


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet.

    Args:
        requires_grad: Whether gradients will be computed for it.
        device: The CPU.
        dtype: Of the data.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _without_shape(cls, requires_grad, device, dtype)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        made = memo[id(self)] = type(self)(self.requires_grad, None, self.dtype)
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, self.dtype)


class UninitializedBuffer(UninitializedTensorMixin, Tensor):
    """A buffer whose shape is not known yet.

    Args:
        requires_grad: Whether gradients will be computed for it.
        device: The CPU.
        dtype: Of the data.
        persistent: Whether it is part of the module's state dict.
    """

    cls_to_become = Tensor

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True) -> Any:
        made = _without_shape(cls, requires_grad, device, dtype)
        made.persistent = persistent
        made._is_buffer = True
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        made = memo[id(self)] = type(self)(self.requires_grad, None, self.dtype, vars(self)["persistent"])
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, self.dtype, vars(self)["persistent"])


def __dir__() -> list[str]:
    return __all__
