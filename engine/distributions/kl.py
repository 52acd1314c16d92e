"""How far one distribution is from another: kl_divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from ..api import FUNCTIONS
from ..nn.functional.activation import softplus
from ..tensor import Tensor
from .counts import Bernoulli, Categorical, Geometric, Poisson
from .distribution import Distribution, ExponentialFamily
from .independent import Independent
from .lines import Cauchy, Exponential, Laplace, Normal, Uniform
from .parameters import sum_rightmost

__all__ = ["kl_divergence", "register_kl"]

_Formula = Callable[[Any, Any], Any]
_FORMULAS: Final[dict[tuple[type, type], _Formula]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[_Formula], _Formula]:
    """Register a function as the Kullback-Leibler divergence between distributions of two classes."""
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(formula: _Formula) -> _Formula:
        _FORMULAS[type_p, type_q] = formula
        return formula

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The Kullback-Leibler divergence of q from p.

    Raises:
        NotImplementedError: There is no formula for their classes.
    """
    kinds = [(a, b) for a in type(p).__mro__ for b in type(q).__mro__ if (a, b) in _FORMULAS]
    if not kinds:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {p.__class__.__name__} and q type {q.__class__.__name__}"
        )
    found: Tensor = _FORMULAS[kinds[0]](p, q)
    return found


def _infinite(name: str) -> _Formula:
    """The divergence where q leaves out what p may give."""
    return lambda p, q: FUNCTIONS["full_like"](getattr(p, name), math.inf)


for _p, _q, _name in (
    (Exponential, Uniform, "rate"), (Laplace, Exponential, "loc"), (Laplace, Uniform, "loc"), (Normal, Exponential, "loc"),
    (Normal, Uniform, "loc"), (Poisson, Bernoulli, "rate"),
):  # fmt: skip
    register_kl(_p, _q)(_infinite(_name))


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    ones[q.probs == 0] = math.inf
    ones[p.probs == 0] = 0
    zeros = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    zeros[q.probs == 1] = math.inf
    zeros[p.probs == 1] = 0
    return ones + zeros


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    terms = p.probs * (p.logits - q.logits)
    terms[(q.probs == 0).expand_as(terms)] = math.inf
    terms[(p.probs == 0).expand_as(terms)] = 0
    return terms.sum(-1)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    var_ratio = (p.scale / q.scale).pow(2)
    apart = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (var_ratio + apart - 1 - var_ratio.log())


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    apart = p.loc - q.loc
    relative = apart / p.scale
    spread = math.sqrt(2 / math.pi) * p.scale * (-0.5 * relative.pow(2)).exp()
    moved = apart * (math.sqrt(0.5) * relative).erf()
    return -(p.scale / q.scale).log() + (spread + moved) / q.scale - (0.5 * (1 + math.log(0.5 * math.pi)))


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    apart = (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@register_kl(Laplace, Normal)
def _laplace_normal(p: Any, q: Any) -> Any:
    variance = q.scale.pow(2)
    ratio = p.scale.pow(2) / variance
    squares = 0.5 * p.loc.pow(2) - p.loc * q.loc + 0.5 * q.loc.pow(2)
    return -(0.5 * (2 * ratio / math.pi).log()) + ratio + squares / variance - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    return ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log() - (4 * p.scale * q.scale).log()


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Exponential, Normal)
def _exponential_normal(p: Any, q: Any) -> Any:
    variance, squared = q.scale.pow(2), p.rate.pow(2)
    spread = 0.5 * (squared * variance * 2 * math.pi).log()
    return spread - 1 + (squared.reciprocal() - q.loc / p.rate + q.loc.pow(2) * 0.5) / variance


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    found[(q.low > p.low) | (q.high < p.high)] = math.inf
    return found


@register_kl(Uniform, Exponential)
def _uniform_exponential(p: Any, q: Any) -> Any:
    found = q.rate * (p.high + p.low) / 2 - ((p.high - p.low) * q.rate).log()
    found[p.low < q.support.lower_bound] = math.inf
    return found


@register_kl(Uniform, Normal)
def _uniform_normal(p: Any, q: Any) -> Any:
    wide = p.high - p.low
    spread = (math.sqrt(math.pi * 2) * q.scale / wide).log()
    apart = ((p.high + p.low - 2 * q.loc) / 2).pow(2)
    return spread + 0.5 * (wide.pow(2) / 12 + apart) / q.scale.pow(2)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(ExponentialFamily, ExponentialFamily)
def _families(p: Any, q: Any) -> Any:
    raise NotImplementedError(
        "The cross KL-divergence between different exponential families cannot                             be computed using Bregman "
        "divergences"
    )
