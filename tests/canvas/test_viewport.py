"""Which part of a picture is seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.canvas.viewport import MAX_SCALE, MIN_SCALE, Viewport

places = st.floats(-1e5, 1e5)
viewports = st.builds(Viewport, st.floats(MIN_SCALE, MAX_SCALE), places, places)


@given(viewports, places, places)
def test_to_picture_undoes_to_view(view: Viewport, x: float, y: float) -> None:
    assert view.to_picture(*view.to_view(x, y)) == pytest.approx((x, y), abs=1e-4)


@given(viewports, st.floats(0.01, 100), places, places)
def test_what_is_under_the_pointer_stays_there_when_zooming(view: Viewport, factor: float, u: float, v: float) -> None:
    zoomed = view.zoomed(factor, u, v)
    assert MIN_SCALE <= zoomed.scale <= MAX_SCALE
    x, y = view.to_picture(u, v)
    # Relative to how far away the point is: at small scales a px of the view is many of the picture.
    assert zoomed.to_view(x, y) == pytest.approx((u, v), abs=1e-6 * (1 + abs(x) + abs(y)) * MAX_SCALE)


@given(st.tuples(places, places, st.floats(1, 3e4), st.floats(1, 3e4)), st.floats(200, 3000), st.floats(200, 2000))
def test_all_of_a_fitted_picture_is_seen_clear_of_header_and_legend(
    bounds: tuple[float, float, float, float], width: float, height: float
) -> None:
    x, y, w, h = bounds
    view = Viewport.fitted(bounds, width, height, top=40, bottom=44)
    left, top, right, bottom = view.seen(width, height)
    near = 1e-6 * (1 + abs(x) + abs(y) + w + h) / view.scale
    assert left <= x + near
    assert x + w <= right + near
    assert top + 40 / view.scale <= y + near
    assert y + h <= bottom - 44 / view.scale + near


def test_a_small_picture_is_not_blown_up() -> None:
    assert Viewport.fitted((0, 0, 50, 50), 1000, 1000).scale == 1


def test_an_empty_picture_can_be_fitted() -> None:
    assert Viewport.fitted((0, 0, 0, 0), 0, 0).scale > 0


@given(viewports, places, places)
def test_showing_a_box_brings_it_into_view(view: Viewport, x: float, y: float) -> None:
    box = (x, y, x + 20, y + 10)
    shown = view.showing(box, 900, 700)
    u, v = shown.to_view(x + 10, y + 5)
    assert -1 <= u <= 901
    assert -1 <= v <= 701
    assert shown.scale == view.scale
    again = shown.showing(box, 900, 700)
    assert (again.dx, again.dy) == pytest.approx((shown.dx, shown.dy), abs=1e-3)


def test_what_is_seen_already_is_not_moved() -> None:
    assert Viewport().showing((300, 300, 320, 310), 900, 700) == Viewport()


def test_levels_of_detail_follow_the_scale() -> None:
    assert [Viewport(scale).level for scale in (0.05, 0.3, 0.6, 2.0)] == ["far", "middle", "near", "near"]


def test_what_does_not_fit_begins_at_its_beginning_and_what_does_is_in_the_middle() -> None:
    view = Viewport.begun((100, 50, 4000, 100), 0.75, 900, 700, top=40, bottom=60)
    assert view.to_view(100, 50)[0] == 0
    (_, low), (_, high) = view.to_view(0, 50), view.to_view(0, 150)
    assert low - 40 == pytest.approx(640 - high)
    upright = Viewport.begun((100, 50, 100, 4000), 0.75, 900, 700, top=40, bottom=60)
    assert upright.to_view(100, 50)[1] == 40
    assert upright.to_view(150, 50)[0] == pytest.approx(450)
