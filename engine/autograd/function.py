"""torch.autograd.function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..function import BackwardFunction, Function, FunctionCtx, FunctionMeta, once_differentiable
from ..tensor import Tensor

__all__ = [
    "BackwardCFunction",
    "Function",
    "FunctionCtx",
    "FunctionMeta",
    "InplaceFunction",
    "NestedIOFunction",
    "once_differentiable",
]

BackwardCFunction = BackwardFunction


class InplaceFunction(Function):
    """Only here for old programs: a Function says itself what it writes to."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def _unknown(value: Any, accepted: str) -> ValueError:
    kind = "torch.Tensor" if isinstance(value, Tensor) else type(value).__name__
    return ValueError(
        f"Auto nesting doesn't know how to process an input object of type {kind}. Accepted types: {accepted}, or lists/tuples of them"
    )


def _nested_map(function: Callable[[Tensor], Any]) -> Callable[[Any], Any]:
    """A function on tensors, for whole structures of them."""

    def apply(value: Any) -> Any:
        if isinstance(value, Tensor):
            return function(value)
        if value is None:
            return None
        if isinstance(value, (list, tuple)):
            mapped = (apply(v) for v in value)
            return type(value)(*mapped) if hasattr(value, "_fields") else type(value)(mapped)
        if isinstance(value, dict):
            return {key: apply(v) for key, v in value.items()}
        raise _unknown(value, "Tensors")

    return apply


def _iter_filter(nones: bool, unknown: bool, accepted: str) -> Callable[[Any], Iterator[Any]]:
    """A walk over the tensors in a structure."""

    def walk(value: Any) -> Iterator[Any]:
        if isinstance(value, Tensor) or (nones and value is None):
            yield value
        elif value is None:
            return
        elif isinstance(value, (list, tuple)):
            for v in value:
                yield from walk(v)
        elif isinstance(value, dict):
            for v in value.values():
                yield from walk(v)
        elif unknown:
            yield value
        else:
            raise _unknown(value, accepted)

    return walk


_iter_tensors = _iter_filter(False, False, "Tensors")
_iter_tensors_permissive = _iter_filter(False, True, "Tensors (permissive)")
_iter_None_tensors = _iter_filter(True, False, "Tensors or None")  # noqa: N816 (PyTorch's name)
_map_tensor_data = _nested_map(lambda tensor: tensor.data)


def _unflatten(values: Sequence[Any], like: Any) -> Any:
    """A flat sequence in the structure of lists and tuples of another."""

    def build(rest: Sequence[Any], shape: Any) -> tuple[Any, Sequence[Any]]:
        if not isinstance(shape, (list, tuple)):
            return rest[0], rest[1:]
        made: list[Any] = []
        for part in shape:
            if part is None:
                made.append(None)
            else:
                item, rest = build(rest, part)
                made.append(item)
        return type(shape)(made), rest

    return build(values, like)[0]


class NestedIOFunction(Function):
    """Only here for old programs: a Function over structures of tensors, which could be called as long as Functions had instances."""

    _nested_input: Any
    _nested_output: Any
    _to_save_nested: Any

    def _do_forward(self, *input: Any) -> Any:
        self._nested_input = input
        flat_input = tuple(_iter_tensors(input))
        flat_output = super()._do_forward(*flat_input)  # type: ignore[misc]
        return _unflatten(flat_output, self._nested_output)

    def _do_backward(self, gradients: Any, retain_variables: bool) -> Any:
        self.retain_variables = retain_variables
        result = super()._do_backward(gradients, retain_variables)  # type: ignore[misc]
        if not retain_variables:
            del self._nested_output
            del self._to_save_nested
        return result

    def backward(self, *gradients: Any) -> Any:  # type: ignore[override]
        """The gradients of the inputs, in one flat tuple."""
        nested = _unflatten(gradients, self._nested_output)
        return tuple(_iter_None_tensors(self.backward_extended(*nested)))

    __call__ = _do_forward

    def forward(self, *args: Any) -> Any:  # type: ignore[override]
        """The outputs, in one flat tuple."""
        result = self.forward_extended(*_map_tensor_data(self._nested_input))
        del self._nested_input
        self._nested_output = result
        return tuple(_iter_tensors(result))

    def save_for_backward(self, *args: Any) -> None:
        """Keep tensors in structures."""
        self.to_save = tuple(_iter_tensors(args))
        self._to_save_nested = args

    @property
    def saved_tensors(self) -> Any:
        """What was kept, in its structures."""
        return _unflatten(super().saved_tensors, self._to_save_nested)  # type: ignore[misc]

    def mark_dirty(self, *args: Any, **kwargs: Any) -> None:
        """Say which tensors in structures were written to."""
        self.dirty_tensors = tuple(_iter_tensors((args, kwargs)))

    def mark_non_differentiable(self, *args: Any, **kwargs: Any) -> None:
        """Say which tensors in structures have no gradient."""
        self.non_differentiable = tuple(_iter_tensors((args, kwargs)))

    def forward_extended(self, *input: Any) -> Any:
        """Compute the outputs; to be overridden."""
        raise NotImplementedError

    def backward_extended(self, *grad_output: Any) -> Any:
        """Compute the gradients; to be overridden."""
        raise NotImplementedError


def __dir__() -> list[str]:
    return __all__
