from __future__ import annotations

import numpy as np
import pytest

from gradviz.layout.arrange import aligned, distributed

CENTRES = np.array([[0.0, 0.0], [100.0, 40.0], [220.0, -60.0]])
SIZES = np.array([[40.0, 20.0], [60.0, 30.0], [20.0, 80.0]])


@pytest.mark.parametrize(
    ("line", "axis", "expected"),
    [
        ("left", 0, [0, 10, -10]),
        ("right", 0, [210, 200, 220]),
        ("top", 1, [-90, -85, -60]),
        ("bottom", 1, [45, 40, 15]),
        ("column", 0, [110, 110, 110]),
        ("row", 1, [-10, -10, -10]),
    ],
)
def test_boxes_are_put_in_line(line: str, axis: int, expected: list[float]) -> None:
    new = aligned(CENTRES, SIZES, line)  # type: ignore[arg-type]
    assert new[:, axis].tolist() == expected
    assert (new[:, 1 - axis] == CENTRES[:, 1 - axis]).all()


@pytest.mark.parametrize("axis", [0, 1])
def test_gaps_between_boxes_become_equal_and_the_outer_ones_stay(axis: int) -> None:
    new = distributed(CENTRES, SIZES, axis)
    order = np.argsort(CENTRES[:, axis])
    low, high = new[order, axis] - SIZES[order, axis] / 2, new[order, axis] + SIZES[order, axis] / 2
    gaps = low[1:] - high[:-1]
    assert gaps[0] == pytest.approx(gaps[1])
    assert (new[order[[0, -1]]] == CENTRES[order[[0, -1]]]).all()
    assert (new[:, 1 - axis] == CENTRES[:, 1 - axis]).all()
