"""Every row under the transforms: tangents against finite differences and against gradients, batches against loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from nn_cases import ONCE
from row_cases import NOT_DIFFERENTIABLE, RANDOM, cases

from engine.autograd import forward_ad, grad
from engine.dispatch import run
from engine.func import vmap
from engine.table import TABLE, Op
from engine.tensor import Tensor, wrap
from engine.transforms.tangents import NO_FORWARD_MODE

ROWS = sorted(TABLE)
# Their results have shapes that depend on the numbers, or they read memory that is no sample's own.
UNBATCHED = {
    "_unique2",
    "histogram",
    "nonzero",
    "unique_consecutive",
    "unique_dim",
    "as_strided",
    "as_strided_",
    "as_strided_copy",
}
# Tangents come of a gradient's gradient, which what is in `ONCE` has not.
# `restrided` shares gradients out where memory overlaps, as PyTorch does: no Jacobian transposed does that.
DIFFERENTIABLE = [
    n for n in ROWS if TABLE[n].derivatives and n not in NOT_DIFFERENTIABLE | RANDOM | ONCE | NO_FORWARD_MODE | {"restrided"}
]


def outputs_of(result: Any) -> list[Tensor]:
    return list(result) if isinstance(result, tuple) else [result]


def mapped(function: Any, arguments: list[Any]) -> list[Any]:
    """Arguments with a function applied to every tensor."""
    return [
        function(a) if isinstance(a, Tensor) else tuple(mapped(function, list(a))) if isinstance(a, tuple) else a
        for a in arguments
    ]


def moving(arguments: list[Any], row: Op) -> list[Tensor]:
    """The differentiable tensors among the arguments."""
    found: list[Tensor] = []
    for place in row.differentiable:
        argument = arguments[place]
        found += [t for t in (argument if isinstance(argument, tuple) else (argument,)) if isinstance(t, Tensor)]
    return [t for t in found if t.requires_grad]


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_tangents_are_what_gradients_say(name: str) -> None:
    row = TABLE[name]
    for make in cases(row):
        random = np.random.default_rng(0)
        arguments = make(random)
        inputs = moving(arguments, row)
        if not inputs:
            continue
        plain = [o for o in outputs_of(run(row, arguments)) if o.requires_grad]
        seeds = [wrap(random.standard_normal(o.shape).astype(o._value.dtype)) for o in plain]
        gradients = grad(plain, inputs, seeds, allow_unused=True)
        directions = {id(t): wrap(random.standard_normal(t.shape)) for t in inputs}
        by_gradients = sum(
            float((g._value * directions[id(t)]._value).sum()) for t, g in zip(inputs, gradients, strict=True) if g is not None
        )
        with forward_ad.dual_level():
            duals = mapped(
                lambda t, d=directions: forward_ad.make_dual(t.detach(), d[id(t)]) if id(t) in d else t.detach(), arguments
            )
            results = [o for o in outputs_of(run(row, duals)) if o._value.dtype.kind in "fc"]
            tangents = [forward_ad.unpack_dual(o).tangent for o in results][: len(seeds)]
        by_tangents = sum(float((t._value * s._value).sum()) for t, s in zip(tangents, seeds, strict=True) if t is not None)
        assert by_tangents == pytest.approx(by_gradients, rel=1e-6, abs=1e-9), name
        for tangent, result in zip(tangents, results, strict=False):
            assert tangent is None or (tangent.shape, tangent.dtype) == (result.shape, result.dtype)


@pytest.mark.parametrize("name", [n for n in ROWS if n not in RANDOM | UNBATCHED])
def test_a_batch_is_as_its_samples_one_by_one(name: str) -> None:
    row = TABLE[name]
    for make in cases(row):
        samples = [mapped(lambda t: t.detach(), make(np.random.default_rng(seed))) for seed in (0, 1)]
        try:
            expected = [outputs_of(run(row, mapped(lambda t: t.clone(), s))) for s in samples]
        except Exception:
            continue
        flat = [[t for a in s for t in (a if isinstance(a, tuple) else (a,)) if isinstance(t, Tensor)] for s in samples]
        tensors = list(zip(*flat, strict=True))
        same = [np.array_equal(a._value, b._value) for a, b in tensors]
        if all(same) or any(a.shape != b.shape for a, b in zip(*expected, strict=True)):
            continue
        for dim in (0, -1):
            batched = [np.stack([a._value, b._value], dim if a.ndim else 0) for a, b in tensors]
            dims = tuple(None if s else (dim if t[0].ndim else 0) for s, t in zip(same, tensors, strict=True))

            def call(*given: Tensor, sample: list[Any] = samples[0]) -> Any:
                replaced = iter(given)
                return run(row, mapped(lambda _: next(replaced), sample))

            arguments = [t[0] if s else wrap(b) for s, t, b in zip(same, tensors, batched, strict=True)]
            found = outputs_of(vmap(call, in_dims=dims)(*arguments))
            for place, output in enumerate(found):
                wanted = np.stack([np.asarray(e[place]._value) for e in expected])
                assert output._value.dtype == wanted.dtype, name
                np.testing.assert_allclose(output._value, wanted, rtol=1e-6, atol=1e-9, err_msg=name)
