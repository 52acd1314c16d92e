"""torch.nn.utils.convert_parameters: many parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable

from ...rules import TENSORS
from ...tensor import Tensor
from ..modules.names import typename

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters' elements, one after the other."""
    joined: Tensor = TENSORS.cat([p.view(-1) for p in parameters])
    return joined


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Have parameters look at pieces of a vector, one after the other.

    Raises:
        TypeError: The vector is no tensor.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    begin = 0
    for parameter in parameters:
        end = begin + parameter.numel()
        parameter.data = vec[begin:end].view_as(parameter).data
        begin = end


def __dir__() -> list[str]:
    return __all__
