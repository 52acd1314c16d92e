"""`out=`: results that go where the caller says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from . import dtypes
from .dispatch import recording
from .frames import warn
from .geometry import partly_overlaps
from .history import c_name
from .inplace import check_castable, check_inplace, fill
from .tensor import Tensor

if TYPE_CHECKING:
    from .table import Op

__all__ = ["check_apart", "check_kept", "check_no_grad", "resize", "store", "with_out", "write_out"]


# What reads its arguments while it writes.
_READING: Final = frozenset(
    ["cat", "gather", "index_add", "index_copy", "index_reduce", "index_select", "kthvalue", "masked_select", "take"]
)


def check_apart(name: str, arguments: Iterable[Any], outs: Iterable[Any], elementwise: bool = False) -> None:
    """See that an op which reads its arguments while it writes does not write to them, nor an elementwise one to part of them.

    Raises:
        RuntimeError: It does.
    """
    if name not in _READING and not elementwise:
        return
    together = np.may_share_memory if name in _READING else partly_overlaps
    given = [t._value for t in arguments if isinstance(t, Tensor)]
    if any(isinstance(out, Tensor) and together(out._value, value) for out in outs for value in given):
        raise RuntimeError(
            "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def check_kept(arguments: Iterable[Any], out: Any, result: Any) -> None:
    """See that an elementwise op does not change the shape of what it both reads and writes.

    Raises:
        RuntimeError: It does.
    """
    if isinstance(out, Tensor) and out._value.shape != result.shape and any(t is out for t in arguments):
        raise RuntimeError(f"output with shape {list(out._value.shape)} doesn't match the broadcast shape {list(result.shape)}")


def check_no_grad(name: str, tensors: Iterable[Any]) -> None:
    """See that nothing a call with `out=` touches requires grad.

    Raises:
        RuntimeError: Something does.
    """
    if recording() and any(isinstance(t, Tensor) and t.requires_grad for t in tensors):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
            "requires grad."
        )


def resize(tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Give a tensor new memory of another shape; its views keep the old."""
    tensor._share()
    tensor._value = np.empty(shape, tensor._value.dtype)


def store(out: Any, result: Any) -> None:
    """Copy a result into a tensor given as `out=`, resized if it must be.

    Raises:
        RuntimeError: The dtype cannot hold it.
        TypeError: `out` is no tensor.
    """
    if not isinstance(out, Tensor):
        raise TypeError(f"argument 'out' must be Tensor, not {type(out).__name__}")
    check_inplace(out, False)
    result = np.asarray(result)
    check_castable(dtypes.of_array(result), out)
    if out._value.shape != result.shape:
        if out._value.size:
            warn(
                f"An output with one or more elements was resized since it had shape {list(out._value.shape)}, which does not match "
                f"the required output shape {list(result.shape)}. This behavior is deprecated, and in a future PyTorch release "
                "outputs will not be resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing "
                "it, inplace, to zero elements with t.resize_(0).",
                UserWarning,
            )
        resize(out, result.shape)
    fill(out, result)


def write_out(row: Op, out: Any, result: Any) -> None:
    """Store a result of a row.

    Raises:
        RuntimeError: The dtype does not fit.
        TypeError: `out` is no tensor.
    """
    if isinstance(out, Tensor) and row.out_error:
        found, wanted = dtypes.of_array(result), out.dtype
        if found is not wanted:
            names = {"out": wanted._legacy, "result": found._legacy, "out_c": c_name(wanted), "result_c": c_name(found)}
            raise RuntimeError(row.out_error.format(**names))
    store(out, result)


def with_out(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that puts ops together, with `out=` for its result.

    Args:
        function: The function.
        name: The op at its end, which PyTorch's error names.
    """

    def called(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if out is None:
            return function(*args, **kwargs)
        outs: Sequence[Any] = out if isinstance(out, (tuple, list)) else (out,)
        check_no_grad(name, (*args, *kwargs.values(), *outs))
        result = function(*args, **kwargs)
        results = result if isinstance(result, tuple) else (result,)
        for target, value in zip(outs, results, strict=True):
            store(target, value._value)
        return type(result)(*outs) if isinstance(result, tuple) else out

    called.__name__ = called.__qualname__ = function.__name__
    called.__doc__ = function.__doc__
    called.__module__ = "torch"
    return called
