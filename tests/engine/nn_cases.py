"""Arguments for the rows behind torch.nn.functional."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from row_arguments import Make, chance, index, leaf, plain

from engine.tensor import wrap

# Numbers from below 0 to above, none of them at a kink.
LOW = -1.5


def both(*shape: int) -> Make:
    return lambda r: [leaf(r, *shape, low=LOW)]


def _activations() -> Iterator[tuple[str, list[Make]]]:
    yield "softplus", [lambda r: [leaf(r, 2, 3), 2.0, 2.2]]
    yield "gelu", [lambda r, a=a: [leaf(r, 2, 3, low=LOW), a] for a in ("none", "tanh")]
    for name in ("silu", "mish", "log_sigmoid"):
        yield name, [both(2, 3), both()]
    yield "gelu_backward", [lambda r, a=a: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW), a] for a in ("none", "tanh")]
    yield "softplus_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3), 2.0, 2.2]]
    yield "log_sigmoid_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW)]]
    yield "glu_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 4, 3, low=LOW), 0]]
    for name in ("_softmax_backward_data", "_log_softmax_backward_data"):
        yield name, [lambda r, d=d: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW), d] for d in (0, 1)]
    yield "glu", [lambda r: [leaf(r, 4, 3, low=LOW), 0], lambda r: [leaf(r, 3, 2, low=LOW)]]
    yield "threshold", [lambda r: [leaf(r, 2, 3), 0.93, 5.0]]
    yield "threshold_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3), 0.93]]
    yield "leaky_relu", [lambda r: [leaf(r, 2, 3, low=LOW), 0.2]]
    yield "leaky_relu_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW), 0.2, False]]
    yield "elu", [lambda r: [leaf(r, 2, 3, low=LOW), 0.7, 1.3, 0.9]]
    yield (
        "elu_backward",
        [
            lambda r: [leaf(r, 2, 3), 0.7, 1.3, 0.9, False, leaf(r, 2, 3, low=LOW)],
            lambda r: [leaf(r, 2, 3), 0.7, 1.3, 0.9, True, leaf(r, 2, 3, low=-0.5)],
        ],
    )
    yield "celu", [lambda r: [leaf(r, 2, 3, low=LOW), 0.7]]
    yield "hardtanh", [lambda r: [leaf(r, 2, 3, low=-1.55), -0.71, 0.83]]
    yield "hardtanh_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=-1.55), -0.71, 0.83]]
    for name in ("hardsigmoid", "hardswish"):
        yield name, [lambda r: [leaf(r, 2, 4, low=-4.1, high=4.3)]]
        yield f"{name}_backward", [lambda r: [leaf(r, 2, 4), leaf(r, 2, 4, low=-4.1, high=4.3)]]
    for name in ("hardshrink", "softshrink"):
        yield name, [lambda r: [leaf(r, 2, 3, low=LOW), 0.7]]
        yield f"{name}_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW), 0.7]]
    yield "_prelu_kernel", [lambda r: [leaf(r, 2, 3, low=LOW), leaf(r, 1, 3)]]
    yield "_prelu_kernel_backward", [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, low=LOW), leaf(r, 1, 3)]]
    yield "rrelu_with_noise", [lambda r: [leaf(r, 2, 3, low=LOW), plain(*[0.0] * 6), 0.1, 0.3, False]]
    yield "rrelu_with_noise.inplace", []
    for name in ("elu", "celu", "leaky_relu", "threshold"):
        yield f"{name}.inplace", []


def _losses() -> Iterator[tuple[str, list[Make]]]:
    reductions = (0, 1, 2)
    yield "mse_loss", [lambda r, n=n: [leaf(r, 2, 3), leaf(r, 2, 3), n] for n in reductions]
    yield "mse_loss_backward", [lambda r, n=n: [leaf(r, 2, 3), leaf(r, 2, 3), leaf(r, 2, 3), n] for n in reductions]
    yield (
        "smooth_l1_loss_backward",
        [lambda r, n=n: [leaf(r, 2, 3), leaf(r, 2, 3), leaf(r, 2, 3, low=-1.1), n, 0.83] for n in reductions],
    )
    for name in ("smooth_l1_loss", "huber_loss"):
        yield name, [lambda r, n=n: [leaf(r, 2, 3), leaf(r, 2, 3, low=-1.1), n, 0.83] for n in reductions]
    yield "binary_cross_entropy", [lambda r: [chance(r), chance(r), plain(1.0, 2.0, 0.5), 1]]
    yield (
        "binary_cross_entropy_with_logits",
        [
            lambda r: [leaf(r, 2, 3, low=LOW), chance(r), None, None, 2],
            lambda r: [leaf(r, 2, 3, low=LOW), chance(r), plain(1.0, 2.0, 0.5), plain(3.0, 1.0, 2.0), 0],
        ],
    )
    weights = (1.0, 0.5, 2.0, 3.0)
    labels = (0, 3, 1)
    yield (
        "nll_loss",
        [
            *(lambda r, n=n: [leaf(r, 3, 4), index(*labels), plain(*weights), n, 1] for n in reductions),
            lambda r: [leaf(r, 4), wrap(np.array(2)), None, 1],
        ],
    )
    yield (
        "nll_loss_backward",
        [
            *(lambda r, n=n: [leaf(r), leaf(r, 3, 4), index(*labels), None, n, -100] for n in (1, 2)),
            lambda r: [leaf(r, 3), leaf(r, 3, 4), index(*labels), None, 0, -100],
        ],
    )
    places = ([[0, 1]], [[3, 2]])
    yield "nll_loss2d", [lambda r, n=n: [leaf(r, 2, 4, 1, 2), index(*places), plain(*weights), n, 1] for n in reductions]
    yield "nll_loss2d_backward", [lambda r: [leaf(r), leaf(r, 2, 4, 1, 2), index(*places), None, 1, -100]]
    yield "soft_margin_loss", [lambda r, n=n: [leaf(r, 3, low=LOW), plain(1.0, -1.0, 1.0), n] for n in reductions]
    yield (
        "multi_margin_loss",
        [
            lambda r: [leaf(r, 3, 4), index(*labels), 1, 0.77, plain(*weights), 0],
            lambda r: [leaf(r, 3, 4), index(*labels), 2, 0.77, None, 1],
            lambda r: [leaf(r, 4), wrap(np.array(2)), 2],
        ],
    )
    yield "multi_margin_loss_backward", [lambda r: [leaf(r), leaf(r, 3, 4), index(*labels), 1, 1.0, None, 1]]
    wanted = ([1, 2, -1, 0], [0, -1, 3, 3], [-1, 0, 0, 0])
    yield "multilabel_margin_loss", [lambda r, n=n: [leaf(r, 3, 4), index(*wanted), n] for n in reductions]
    yield "multilabel_margin_loss_backward", [lambda r: [leaf(r), leaf(r, 3, 4), index(*wanted), 1]]
    # Its gradient is that of logits, which log_softmax then passes on.
    yield "_ctc_loss", []
    yield (
        "_ctc_loss_backward",
        [lambda r: [leaf(r, 1), leaf(r, 2, 1, 3), index([1]), (2,), (1,), leaf(r, 1), leaf(r, 1, 2, 3), 0, False]],
    )
    yield "norm.ScalarOpt_dim", [lambda r: [leaf(r, 2, 3, low=LOW), 3, (1,)]]
    yield "norm.Scalar", [lambda r: [leaf(r, 2, 3, low=LOW), 3]]
    # Its norms are for the rule alone.
    yield "_weight_norm_interface", []
    yield (
        "_pack_padded_sequence",
        [lambda r: [leaf(r, 3, 2), index(3, 1), False], lambda r: [leaf(r, 2, 3, 2), index(3, 2), True]],
    )
    yield "_pdist_forward", [lambda r, p=p: [leaf(r, 3, 2, low=LOW), p] for p in (1.0, 1.5, 2.0, 3.0)]
    yield "_pdist_backward", [lambda r: [leaf(r, 3), leaf(r, 3, 2), 2.0, leaf(r, 3)]]


def _pads() -> Iterator[tuple[str, list[Make]]]:
    yield "constant_pad_nd", [lambda r: [leaf(r, 2, 3), (1, -1, 0, 2), 0.5]]
    for kind in ("reflection", "replication"):
        for dims, (shape, padding) in enumerate(
            [((2, 4), (2, 1)), ((1, 3, 4), (1, 2, 2, -1)), ((1, 2, 2, 3), (1, 2, 0, 1, 1, 1))], 1
        ):
            made = tuple(n + a + b for n, a, b in zip(shape[-dims:], padding[::2][::-1], padding[1::2][::-1], strict=True))
            yield f"{kind}_pad{dims}d", [lambda r, s=shape, p=padding: [leaf(r, *s), p]]
            yield (
                f"{kind}_pad{dims}d_backward",
                [lambda r, s=shape, p=padding, m=made, d=dims: [leaf(r, *s[:-d], *m), leaf(r, *s), p]],
            )


def _convolutions() -> Iterator[tuple[str, list[Make]]]:
    plain_2d = ((2, 1), (1, 0), (1, 2), False, (0, 0), 1)
    grouped = ((1,), (1,), (1,), False, (0,), 2)
    turned = ((2, 1), (1, 0), (1, 1), True, (1, 0), 1)
    yield (
        "convolution",
        [
            lambda r: [leaf(r, 1, 2, 3, 4), leaf(r, 2, 2, 2, 2), leaf(r, 2), *plain_2d],
            lambda r: [leaf(r, 2, 2, 3), leaf(r, 4, 1, 2), None, *grouped],
            lambda r: [leaf(r, 1, 2, 2, 3), leaf(r, 2, 1, 2, 2), leaf(r, 1), *turned],
        ],
    )
    mask = (True, True, True)
    yield (
        "convolution_backward",
        [
            lambda r: [leaf(r, 1, 2, 2, 2), leaf(r, 1, 2, 3, 4), leaf(r, 2, 2, 2, 2), (2, 1), (1, 0), (1, 2), False, 1, mask],
            lambda r: [leaf(r, 1, 1, 3, 4), leaf(r, 1, 2, 2, 3), leaf(r, 2, 1, 2, 2), (2, 1), (1, 0), (1, 1), True, 1, mask],
        ],
    )
    yield "conv_tbc", [lambda r: [leaf(r, 4, 1, 2), leaf(r, 2, 2, 3), leaf(r, 3), 1]]


def _pools() -> Iterator[tuple[str, list[Make]]]:
    for dims in (2, 3):
        shape = (1, 2, *(4, 3, 3)[-dims:])
        sizes = shape[2:]
        pooled = (1, 2, *[2] * dims)
        places = wrap(np.arange(2 * 2**dims).reshape(pooled) % 2**dims)
        yield f"max_pool{dims}d_with_indices", [lambda r, s=shape: [leaf(r, *s), (2,), (1,), (1,), (1,), True]]
        yield (
            f"max_pool{dims}d_with_indices_backward",
            [lambda r, s=shape, m=pooled, i=places: [leaf(r, *m), leaf(r, *s), (2,), (2,), (1,), (1,), False, i]],
        )
        yield f"adaptive_max_pool{dims}d", [lambda r, s=shape, d=dims: [leaf(r, *s), (2,) * d]]
        yield (
            f"adaptive_max_pool{dims}d_backward",
            [lambda r, s=shape, m=pooled, d=dims, i=places: [leaf(r, *m), leaf(r, *s), (2,) * d, i]],
        )
        samples = wrap(np.linspace(0.1, 0.9, 2 * dims).reshape(1, 2, dims))
        yield f"fractional_max_pool{dims}d", [lambda r, s=shape, d=dims, q=samples: [leaf(r, *s), (2,) * d, (2,) * d, q]]
        yield (
            f"fractional_max_pool{dims}d_backward",
            [lambda r, s=shape, m=pooled, d=dims, i=places: [leaf(r, *m), leaf(r, *s), (2,) * d, (2,) * d, i]],
        )
        rest = [(2,) * dims, (0,) * dims] if dims == 3 else []
        yield f"max_unpool{dims}d", [lambda r, m=pooled, i=places, z=sizes, e=rest: [leaf(r, *m), i, z, *e]]
        average = [((2,), (1,), (1,), True, False, None), ((2,), (2,), (0,), False, True, 3)]
        yield f"avg_pool{dims}d", [lambda r, s=shape, o=o: [leaf(r, *s), *o] for o in average]
        yield (
            f"avg_pool{dims}d_backward",
            [lambda r, s=shape, d=dims, o=average[1]: [leaf(r, 1, 2, *(n // 2 for n in s[2:])), leaf(r, *s), *o]],
        )
        yield f"_adaptive_avg_pool{dims}d", [lambda r, s=shape, d=dims: [leaf(r, *s), (2,) * d]]
        yield f"_adaptive_avg_pool{dims}d_backward", [lambda r, s=shape, m=pooled: [leaf(r, *m), leaf(r, *s)]]


ONCE = {"hardsigmoid", "multi_margin_loss", "multilabel_margin_loss", "_pdist_forward", "_cdist_forward"}
ONCE.add("_scaled_dot_product_flash_attention_for_cpu")
"""What has no second derivative."""

CASES: dict[str, list[Make]] = {
    name: made for family in (_activations, _losses, _pads, _convolutions, _pools) for name, made in family()
}
