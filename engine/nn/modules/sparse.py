"""torch.nn.modules.sparse: vectors looked up in a table."""

from __future__ import annotations

from typing import Any, Self

from ...api import FUNCTIONS
from ...grad_mode import no_grad
from ...tensor import Tensor
from .. import functional as F
from .. import init
from ..parameter import Parameter
from .module import Module

__all__ = ["Embedding"]


class _Table(Module):
    """A table of vectors."""

    padding_idx: int | None

    def _make(
        self,
        shape: list[int],
        padding_idx: int | None,
        given: Tensor | None,
        freeze: bool,
        what: str,
        device: Any,
        dtype: Any,
    ) -> None:
        if padding_idx is not None:
            if not -shape[0] <= padding_idx < max(shape[0], 1):
                raise AssertionError(f"{what} must be within num_embeddings")
            padding_idx = padding_idx + shape[0] if padding_idx < 0 else padding_idx
        self.padding_idx = padding_idx
        if given is None:
            self.weight = Parameter(FUNCTIONS["empty"](shape, device=device, dtype=dtype), requires_grad=not freeze)
            self.reset_parameters()
        else:
            if list(given.shape) != shape:
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(given, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw new vectors from the normal distribution; that of the padding is zeros."""
        init.normal_(self.weight)
        self._fill_padding_idx_with_zero()

    def _fill_padding_idx_with_zero(self) -> None:
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)


def _sizes(embeddings: Tensor) -> tuple[int, int]:
    if embeddings.dim() != 2:
        raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
    rows, columns = embeddings.shape
    return rows, columns


class Embedding(_Table):
    """Vectors looked up by number in a table.

    Args:
        num_embeddings: How many vectors there are.
        embedding_dim: How long each is.
        padding_idx: Which of them gets no gradient, and begins as zeros.
        max_norm: The longest they may be: longer ones are shortened, in place, when they are looked up.
        norm_type: Of that p-norm.
        scale_grad_by_freq: Whether gradients are divided by how often a number comes in the input.
        sparse: Whether gradients are sparse, which the engine refuses.
        device: The CPU.
        dtype: Of the vectors.

    Raises:
        AssertionError: There is no such padding_idx.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._make([num_embeddings, embedding_dim], padding_idx, _weight, _freeze, "Padding_idx", device, dtype)
        self.sparse = sparse

    def forward(self, input: Tensor) -> Tensor:
        """embedding(input)."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        parts = [f"{self.num_embeddings}, {self.embedding_dim}"]
        usual = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False, "sparse": False}
        parts += [f"{name}={getattr(self, name)}" for name, value in usual.items() if getattr(self, name) != value]
        return ", ".join(parts)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """An Embedding of a given table, which is trained only if not `freeze`; the other arguments are the class's."""
        rows, columns = _sizes(embeddings)
        return cls(
            rows,
            columns,
            _weight=embeddings,
            _freeze=freeze,
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
        )


def __dir__() -> list[str]:
    return __all__
