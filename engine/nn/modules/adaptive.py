"""torch.nn.modules.adaptive: a softmax over many classes, of which the rare ones are in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ...rules import TENSORS
from ...tensor import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The logarithm of a softmax whose classes come by frequency: the first on a short list, the rest in clusters, each of which
    is one entry of the short list and has a smaller layer (Grave et al., 2017).

    Args:
        in_features: Size of the last dimension of the input.
        n_classes: How many classes there are.
        cutoffs: Where the clusters begin.
        div_value: By how much each cluster's layer is smaller than the one before's.
        head_bias: Whether the short list's layer has a bias.
        device: The CPU.
        dtype: Of the parameters.

    Raises:
        ValueError: The cutoffs are no increasing numbers below n_classes.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        given = list(cutoffs)
        if len(given) == 0:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            any(a >= b for a, b in pairwise(given))
            or given[0] <= 0
            or given[-1] > n_classes - 1
            or any(int(c) != c for c in given)
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is "
                "between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*given, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = given[0]
        self.n_clusters = len(given)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, device=device, dtype=dtype)
        self.tail = ModuleList()
        for i, (begin, end) in enumerate(pairwise(self.cutoffs), 1):
            width = int(in_features // div_value**i)
            self.tail.append(
                Sequential(
                    Linear(in_features, width, bias=False, device=device, dtype=dtype),
                    Linear(width, end - begin, bias=False, device=device, dtype=dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw new weights."""
        self.head.reset_parameters()
        for projection in self.tail:
            for layer in projection:
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The log probabilities of the target classes, and the mean of their negatives.

        Raises:
            RuntimeError: The shapes do not fit, or a target is no class.
        """
        _check_shapes(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        count = target.shape[0]
        output = input.new_zeros(count)
        places = target.new_empty(count)
        used = 0
        for i, (low, high) in enumerate(pairwise([0, *self.cutoffs])):
            mask = target.ge(low).logical_and(target.lt(high))
            rows = mask.nonzero().squeeze()
            if rows.numel() == 0:
                continue
            used += rows.numel()
            if i == 0:
                places.index_copy_(0, rows, target[mask])
                continue
            within = target[mask] - low
            logs = F.log_softmax(self.tail[i - 1](input.index_select(0, rows)), dim=1)
            places.index_fill_(0, rows, self.shortlist_size + i - 1)
            output.index_copy_(0, rows, logs.gather(1, within.unsqueeze(1)).squeeze(1))
        if used != count:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        head = F.log_softmax(self.head(input), dim=1)
        output += head.gather(1, places.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _get_full_log_prob(self, input: Tensor, head_output: Tensor) -> Tensor:
        out = input.new_empty((head_output.shape[0], self.n_classes))
        head = F.log_softmax(head_output, dim=1)
        out[:, : self.shortlist_size] = head[:, : self.shortlist_size]
        for i, (begin, end) in enumerate(pairwise(self.cutoffs)):
            logs = F.log_softmax(self.tail[i](input), dim=1)
            out[:, begin:end] = logs + head[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def log_prob(self, input: Tensor) -> Tensor:
        """The log probabilities of all classes."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of each sample: clusters are looked into only where one of them is likelier than the short list."""
        head = self.head(input)
        output: Tensor = TENSORS.argmax(head, dim=1)
        rare = output.ge(self.shortlist_size)
        if not rare.any():
            return output
        if rare.all():
            return TENSORS.argmax(self._get_full_log_prob(input, head), dim=1)
        output[rare] = TENSORS.argmax(self._get_full_log_prob(input[rare], head[rare]), dim=1)
        return output


def _check_shapes(input: Tensor, target: Tensor) -> None:
    if target.dim() == 1:
        if input.shape[0] != target.shape[0]:
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input.dim() != 2:
            raise RuntimeError(f"1D target tensor expects 2D input tensors, but found inputs with size {input.size()}")
    elif target.dim() == 0:
        if input.dim() != 1:
            raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with size {input.size()}")
    else:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")


def __dir__() -> list[str]:
    return __all__
