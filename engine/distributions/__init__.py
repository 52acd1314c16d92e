"""torch.distributions: the common ones, with PyTorch's own numbers for a seed."""

from __future__ import annotations

from . import constraints
from .counts import Bernoulli, Categorical, Geometric, Poisson
from .distribution import Distribution, ExponentialFamily
from .independent import Independent
from .kl import kl_divergence, register_kl
from .lines import Cauchy, Exponential, Laplace, Normal, Uniform

__all__ = [
    "Bernoulli", "Categorical", "Cauchy", "Distribution", "Exponential", "ExponentialFamily", "Geometric", "Independent", "Laplace", "Normal", "Poisson",
    "Uniform", "constraints", "kl_divergence", "register_kl",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
