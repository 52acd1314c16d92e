"""Arguments to try each row of the table of ops with.

A row whose arguments are tensors of one shape, numbers and flags needs no entry here: its cases follow from its signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import image_cases
import index_cases
import lookup_cases
import matrix_cases
import nn_cases
import norm_cases
import numpy as np
import product_cases
import shape_cases
from row_arguments import Make, chance, index, leaf, mask

from engine.table import TABLE, Op

# Where each row's first tensor comes from, if not from between 0.3 and 1.7.
DOMAINS: dict[str, tuple[float, float]] = {
    "acosh": (1.2, 3.0),
    "acosh.inplace": (1.2, 3.0),
    "asin": (-0.8, 0.8),
    "acos": (-0.8, 0.8),
    "atanh": (-0.8, 0.8),
    "erfinv": (-0.8, 0.8),
    "special_ndtri": (0.1, 0.9),
}

# What has no derivative to check: drawn anew at each call, or declared without one.
_DRAWING = {
    *("uniform", "normal", "random", "bernoulli", "exponential"),
    *("geometric", "cauchy", "log_normal", "poisson", "binomial"),
}
RANDOM = {name for name, row in TABLE.items() if row.name in _DRAWING}
NOT_DIFFERENTIABLE = {
    name
    for name, row in TABLE.items()
    if any(re.search("not_(implemented|differentiable)", d) for d in row.derivatives.values())
}


SPECIAL: dict[str, Sequence[Make]] = {
    "view": [lambda r: [leaf(r, 2, 3), (3, 2)], lambda r: [leaf(r, 6), (-1, 2)]],
    "_reshape_alias": [lambda r: [leaf(r, 2, 3), (3, 2)]],
    "_unsafe_view": [lambda r: [leaf(r, 2, 3), (6,)]],
    "expand": [lambda r: [leaf(r, 2, 1), (4, 2, 3)], lambda r: [leaf(r, 3), (2, -1)]],
    # Between real and complex numbers, or booleans written into floats.
    **dict.fromkeys(("to_dtype", "_to_copy", "complex", "polar", "view_as_real", "view_as_complex"), ()),
    **{f"{name}_.Tensor": () for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "median.dim": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 3), 0, True]],
    "nanmedian.dim": [lambda r: [leaf(r, 2, 3), 1]],
    "mode": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 3), 0, True]],
    "aminmax": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 3), None, True]],
    "cummax": [lambda r: [leaf(r, 2, 3), 1]],
    "cummin": [lambda r: [leaf(r, 4), 0]],
    "nansum": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3), None, True]],
    "histc": (),
    "mvlgamma": [lambda r: [leaf(r, 2, 3, low=1.3, high=4.0), 3]],
    "polygamma": [lambda r, n=n: [n, leaf(r, 2, 3)] for n in (0, 1, 2)],
    "special_zeta.self_scalar": [lambda r: [2.5, leaf(r, 2, 3)]],
    "special_xlog1py.self_scalar": [lambda r: [0.7, leaf(r, 2, 3)]],
    "logit": [lambda r: [chance(r)], lambda r: [chance(r), 0.33]],
    "nan_to_num": [lambda r: [leaf(r, 2, 3)]],
    "copysign.Scalar": [lambda r: [leaf(r, 2, 3), -1.0]],
    "xlogy.Scalar_Self": [lambda r: [0.7, leaf(r, 2, 3)]],
    "t": [lambda r: [leaf(r, 2, 3)]],
    "transpose": [lambda r: [leaf(r, 2, 3, 2), 0, -1]],
    "permute": [lambda r: [leaf(r, 2, 3, 2), (2, 0, 1)]],
    "squeeze": [lambda r: [leaf(r, 2, 1, 3)]],
    "squeeze.dim": [lambda r: [leaf(r, 2, 1, 3), 1], lambda r: [leaf(r, 2, 3), 0]],
    "squeeze.dims": [lambda r: [leaf(r, 1, 2, 1), (0, 2)]],
    "unsqueeze": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 3), -1]],
    "as_strided": [lambda r: [leaf(r, 12), (3, 3), (1, 2), 1]],
    "select": [lambda r: [leaf(r, 2, 3), 1, -1]],
    "select_backward": [lambda r: [leaf(r, 2), (2, 3), 1, 0]],
    "slice": [lambda r: [leaf(r, 4, 3), 0, 1, None, 2]],
    "slice_backward": [lambda r: [leaf(r, 2, 3), (4, 3), 0, 1, None, 2]],
    "diagonal": [lambda r: [leaf(r, 3, 4), 1, 0, 1]],
    "diagonal_backward": [lambda r: [leaf(r, 3), (3, 4), 1, 0, 1]],
    "diag_embed": [lambda r: [leaf(r, 2, 3), 1, 0, 2]],
    "diag_of": [lambda r: [leaf(r), (3, 4)]],
    "unfold": [lambda r: [leaf(r, 5, 2), 0, 2, 1]],
    "unfold_backward": [lambda r: [leaf(r, 4, 2, 2), (5, 2), 0, 2, 1]],
    "unbind": [lambda r: [leaf(r, 2, 3), 1]],
    "split": [lambda r: [leaf(r, 5, 2), 2, 0]],
    "split_with_sizes": [lambda r: [leaf(r, 2, 5), (2, 3), 1]],
    "repeat": [lambda r: [leaf(r, 2, 3), (2, 1, 3)]],
    "flip": [lambda r: [leaf(r, 2, 3), (0, 1)]],
    "sum.dim_IntList": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3), None, True], lambda r: [leaf(r), (0,)]],
    "mean.dim": [lambda r: [leaf(r, 2, 3, 2), (0, 2)], lambda r: [leaf(r, 2, 3), (-1,), True]],
    "prod": [lambda r: [leaf(r, 2, 3)], lambda r: [leaf(r, 3, low=0.0, high=2.0)]],
    "prod.dim_int": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 2, low=0.0, high=2.0), 0, True]],
    "cumprod": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 4, low=0.0, high=2.0), 0]],
    "amax": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3)]],
    "amin": [lambda r: [leaf(r, 2, 3), (0, 1), True]],
    "logsumexp": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3), (0, 1), True]],
    "var": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3), None, 0], lambda r: [leaf(r, 2, 3), (0,), 1, True]],
    "std": [lambda r: [leaf(r, 2, 3), (1,)], lambda r: [leaf(r, 2, 3), None, 0, True]],
    "var_mean.correction": [lambda r: [leaf(r, 2, 3), (1,)]],
    "std_mean.correction": [lambda r: [leaf(r, 2, 3), (0,), 0, True]],
    "linalg_vector_norm": [
        *(lambda r, p=p: [leaf(r, 2, 3, low=-1.5, high=1.6), p, (1,)] for p in (0.5, 1, 1.5, 2, 3)),
        *(lambda r, p=p: [leaf(r, 2, 3, low=-1.5, high=1.6), p, (1,)] for p in (float("inf"), float("-inf"))),
        lambda r: [leaf(r, 2, 3), 2, None, True],
    ],
    "mm": [lambda r: [leaf(r, 2, 3), leaf(r, 3, 4)]],
    "bmm": [lambda r: [leaf(r, 2, 2, 3), leaf(r, 2, 3, 2)]],
    "mv": [lambda r: [leaf(r, 2, 3), leaf(r, 3)]],
    "dot": [lambda r: [leaf(r, 3), leaf(r, 3)]],
    "vdot": [lambda r: [leaf(r, 3), leaf(r, 3)]],
    "addmm": [
        lambda r: [leaf(r, 2, 4), leaf(r, 2, 3), leaf(r, 3, 4), 0.5, 2],
        lambda r: [leaf(r, 4), leaf(r, 2, 3), leaf(r, 3, 4)],
    ],
    "addmv": [lambda r: [leaf(r, 2), leaf(r, 2, 3), leaf(r, 3), 3, 0.5]],
    "baddbmm": [lambda r: [leaf(r, 2, 2, 2), leaf(r, 2, 2, 3), leaf(r, 2, 3, 2), 0.5, 2]],
    "trace": [lambda r: [leaf(r, 3, 4)]],
    "where": [lambda r: [mask(2, 3), leaf(r, 2, 3), leaf(r, 3)]],
    "masked_fill.Scalar": [lambda r: [leaf(r, 2, 3), mask(2, 3), 5.0]],
    "masked_fill.Tensor": [lambda r: [leaf(r, 2, 3), mask(2, 3), leaf(r)]],
    "masked_select": [lambda r: [leaf(r, 2, 3), mask(2, 3)], lambda r: [leaf(r, 3), mask(2, 3)]],
    "masked_select_backward": [lambda r: [leaf(r, 2), (2, 3), mask(2, 3)]],
    "fill.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r)]],
    "copy": [lambda r: [leaf(r, 2, 3), leaf(r, 3)]],
    "gather": [lambda r: [leaf(r, 2, 3), 1, index([0, 0], [2, 1])]],
    "index_select": [lambda r: [leaf(r, 3, 2), 0, index(2, 0, 2)]],
    "index": [
        lambda r: [leaf(r, 3, 2), (index(2, 0, 2),)],
        lambda r: [leaf(r, 3, 2), (None, index(1, 1))],
        lambda r: [leaf(r, 2, 3), (mask(2, 3),)],
    ],
    "index_backward": [lambda r: [leaf(r, 3, 2), (3, 2), (index(2, 0, 2),)]],
    "index_put": [
        lambda r: [leaf(r, 3, 2), (index(2, 0),), leaf(r, 2, 2)],
        lambda r: [leaf(r, 3, 2), (index(2, 2),), leaf(r, 2, 2), True],
    ],
    "cat": [lambda r: [(leaf(r, 2, 3), leaf(r, 1, 3)), 0], lambda r: [(leaf(r, 2, 1), leaf(r, 2, 2)), -1]],
    "stack": [lambda r: [(leaf(r, 2, 3), leaf(r, 2, 3)), 1]],
    "sort": [lambda r: [leaf(r, 2, 3), 0, True]],
    "topk": [lambda r: [leaf(r, 2, 3), 2, 1]],
    "max.dim": [lambda r: [leaf(r, 2, 3), 1], lambda r: [leaf(r, 2, 3), 0, True]],
    "min.dim": [lambda r: [leaf(r, 2, 3), -1]],
    "tril": [lambda r: [leaf(r, 3, 3), 1]],
    "triu": [lambda r: [leaf(r, 3, 3), -1]],
    "clamp": [lambda r: [leaf(r, 2, 3), 0.61, 1.31], lambda r: [leaf(r, 2, 3), None, 1.1], lambda r: [leaf(r, 2, 3), 0.9]],
    "clamp.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.2, high=0.81), leaf(r, 2, 3, low=1.22, high=1.59)]],
    "clamp_min": [lambda r: [leaf(r, 2, 3), 0.93]],
    "clamp_max": [lambda r: [leaf(r, 2, 3), 0.93]],
    "round.decimals": [lambda r: [leaf(r, 2, 3), 1]],
    "pow.Tensor_Scalar": [lambda r, n=n: [leaf(r, 2, 3), n] for n in (0, 1, 2, -1.5, 3)],
    "pow.Scalar": [lambda r: [2.5, leaf(r, 2, 3)]],
    "remainder.Scalar": [lambda r: [leaf(r, 2, 3), 0.47]],
    "fmod.Scalar": [lambda r: [leaf(r, 2, 3), 0.47]],
    "remainder.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.23, high=0.71)]],
    "fmod.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.23, high=0.71)]],
    "div.Tensor_mode": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.23, high=0.71), "floor"]],
    "div.Tensor_trunc_mode": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.23, high=0.71), "trunc"]],
    "fmax": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "nextafter": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "fmin": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "clamp_min.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "clamp_max.Tensor": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "maximum": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
    "minimum": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=0.21, high=1.93)]],
}

SPECIAL |= nn_cases.CASES | shape_cases.CASES | index_cases.CASES | product_cases.CASES | matrix_cases.CASES
SPECIAL |= norm_cases.CASES | lookup_cases.CASES | image_cases.CASES

_PLAIN = {"Scalar": 0.7, "Scalar?": 0.7, "int": 0, "int?": 0, "float": 0.7, "bool": False}


def cases(row: Op) -> Iterator[Make]:
    """Ways to make arguments for a row."""
    # The other forms of a view take what the view takes.
    known = SPECIAL.get(row.schema.name, SPECIAL.get(re.sub(r"(_copy|_)(?=\.|$)", "", row.schema.name)))
    if known is not None:
        defaults = [p.default for p in row.schema.parameters]
        for make in known:
            yield lambda random, make=make: (given := make(random)) + defaults[len(given) :]
        return
    low, high = DOMAINS.get(row.schema.name, (0.3, 1.7))

    def made(random: np.random.Generator, shapes: tuple[tuple[int, ...], ...]) -> list[Any]:
        arguments: list[Any] = []
        shape = iter(shapes)
        for p in row.schema.parameters:
            if p.is_tensor:
                arguments.append(leaf(random, *next(shape), low=low, high=high))
            elif p.name in ("dim", "alpha", "value", "beta"):
                arguments.append(1)
            elif p.default is None or p.type in ("MemoryFormat?", "ScalarType?"):
                arguments.append(None)
            else:
                arguments.append(_PLAIN[p.type])
        return arguments

    count = len(row.tensors)
    yield lambda random: made(random, ((2, 3),) * count)
    if count > 1 and row.promote is not None:
        yield lambda random: made(random, ((2, 3), (3,), (2, 1))[:count])
        yield lambda random: made(random, ((1, 3), (2, 1), ())[:count])
    elif row.promote is not None:
        yield lambda random: made(random, ((),))
