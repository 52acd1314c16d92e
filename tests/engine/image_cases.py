"""Arguments for the rows that rearrange and resample images."""

from __future__ import annotations

from row_arguments import Make, leaf

CASES: dict[str, list[Make]] = {
    "pixel_shuffle": [lambda r: [leaf(r, 1, 8, 1, 2), 2], lambda r: [leaf(r, 4, 2, 1), 2]],
    "pixel_unshuffle": [lambda r: [leaf(r, 1, 2, 2, 4), 2], lambda r: [leaf(r, 1, 3, 3), 3]],
    "channel_shuffle": [lambda r: [leaf(r, 2, 6, 1), 3]],
    "native_channel_shuffle": [lambda r: [leaf(r, 2, 4, 1), 2]],
    "im2col": [
        lambda r: [leaf(r, 1, 2, 3, 4), (2, 2), (1, 2), (1, 0), (2, 1)],
        lambda r: [leaf(r, 2, 3, 3), (2, 1), (1, 1), (0, 0), (1, 1)],
    ],
    "col2im": [
        lambda r: [leaf(r, 1, 8, 4), (3, 4), (2, 2), (1, 2), (1, 0), (2, 1)],
        lambda r: [leaf(r, 4, 6), (3, 3), (2, 1), (1, 1), (0, 0), (1, 1)],
    ],
    "affine_grid_generator": [
        lambda r: [leaf(r, 2, 2, 3), (2, 1, 2, 3), False],
        lambda r: [leaf(r, 1, 3, 4), (1, 1, 2, 1, 2), True],
    ],
    "_trilinear": [lambda r: [leaf(r, 2, 3), leaf(r, 2, 3, 2), leaf(r, 2, 2), (1, 3), (0,), (1, 2), (2, 3)]],
}

for _name, _sizes, _made, _options in (
    ("upsample_nearest1d", (3,), (5,), ()),
    ("upsample_nearest2d", (3, 2), (2, 4), ()),
    ("upsample_nearest3d", (1, 3, 2), (2, 2, 3), ()),
    ("_upsample_nearest_exact1d", (3,), (5,), ()),
    ("_upsample_nearest_exact2d", (3, 2), (2, 4), ()),
    ("_upsample_nearest_exact3d", (1, 3, 2), (2, 2, 3), ()),
    ("upsample_linear1d", (3,), (5,), (False,)),
    ("upsample_bilinear2d", (3, 2), (2, 4), (True,)),
    ("upsample_trilinear3d", (1, 3, 2), (2, 2, 3), (False,)),
    ("upsample_bicubic2d", (3, 2), (2, 4), (False,)),
    ("_upsample_bilinear2d_aa", (4, 2), (2, 3), (False,)),
    ("_upsample_bicubic2d_aa", (4, 2), (2, 3), (False,)),
    ("_upsample_lanczos2d_aa", (4, 2), (2, 3), (False,)),
):
    CASES[_name] = [lambda r, s=_sizes, m=_made, o=_options: [leaf(r, 1, 2, *s), m, *o]]
    CASES[_name.lstrip("_") + "_backward"] = [lambda r, s=_sizes, m=_made, o=_options: [leaf(r, 1, 2, *m), m, (1, 2, *s), *o]]
