"""torch.nn.modules.linear_cross_entropy_options."""

from __future__ import annotations

from dataclasses import dataclass

from ... import dtypes
from ...dtypes import dtype as Dtype

__all__ = ["LinearCrossEntropyOptions"]

_ACCUMULATED = (dtypes.float16, dtypes.float32, dtypes.float64)


@dataclass(slots=True, frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch parts the work of linear_cross_entropy; the result is the same.

    Attributes:
        allow_retain_graph: Whether backward may be run twice.
        batch_chunk_size: How many samples are worked on at once.
        chunking_method: How that is chosen: "auto", "aspect_ratio", "aspect_ratio:N" or None.
        acc_policy: What is kept in acc_dtype: "auto", "accurate", "balanced" or "compact".
        acc_dtype: In which dtype sums are kept.

    Raises:
        ValueError: An option is none of these.
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: Dtype | None = None

    def __post_init__(self) -> None:
        if self.acc_policy not in ("auto", "accurate", "balanced", "compact"):
            raise ValueError(f"invalid acc_policy: {self.acc_policy!r}")
        if self.chunking_method is not None and self.chunking_method != "auto":
            name, colon, factor = self.chunking_method.partition(":")
            if name != "aspect_ratio" or (colon and not (factor.isdigit() and int(factor) > 0)):
                raise ValueError(f"invalid chunking_method: {self.chunking_method!r}")
        size = self.batch_chunk_size
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"batch_chunk_size must be positive int or None, got {size!r}")
        if self.acc_dtype is not None and self.acc_dtype not in _ACCUMULATED:
            raise ValueError(
                "acc_dtype must be one of {None, torch.float16, torch.bfloat16, torch.float32, torch.float64}, "
                f"got {self.acc_dtype!r}. Pass acc_dtype=None to let the op pick automatically."
            )


def __dir__() -> list[str]:
    return __all__
