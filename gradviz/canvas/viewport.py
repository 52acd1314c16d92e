"""Which part of a picture is seen, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MIN_SCALE, MAX_SCALE = 0.0005, 4.0
_FIT_SCALE = 1.0  # a small picture is not blown up

Bounds = tuple[float, float, float, float]  # x, y, width, height
Level = Literal["far", "middle", "near"]


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view point (u, v) shows the picture's point ((u - dx) / scale, (v - dy) / scale)."""

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    @property
    def level(self) -> Level:
        """How much of a node can be made out."""
        return "near" if self.scale >= 0.5 else "middle" if self.scale >= 0.2 else "far"

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return x * self.scale + self.dx, y * self.scale + self.dy

    def to_picture(self, u: float, v: float) -> tuple[float, float]:
        return (u - self.dx) / self.scale, (v - self.dy) / self.scale

    def seen(self, width: float, height: float) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the picture that a view of this size shows."""
        return (*self.to_picture(0, 0), *self.to_picture(width, height))

    def moved(self, du: float, dv: float) -> Viewport:
        """Panned by some view px."""
        return Viewport(self.scale, self.dx + du, self.dy + dv)

    def zoomed(self, factor: float, u: float, v: float) -> Viewport:
        """Larger or smaller within the limits, with what is at (u, v) staying there."""
        scale = min(max(self.scale * factor, MIN_SCALE), MAX_SCALE)
        by = scale / self.scale
        return Viewport(scale, u - (u - self.dx) * by, v - (v - self.dy) * by)

    @classmethod
    def fitted(
        cls, bounds: Bounds, width: float, height: float, *, top: float = 0.0, bottom: float = 0.0, most: float = _FIT_SCALE
    ) -> Viewport:
        """The viewport that shows all of a rectangle (x, y, w, h) in the middle of a view.

        Args:
            bounds: The rectangle.
            width, height: The view's size.
            top, bottom: What of the view is taken by other things.
            most: How large it becomes at most.
        """
        x, y, w, h = bounds
        room = max(height - top - bottom, 1.0)
        scale = min(most, width / w if w else most, room / h if h else most)
        scale = max(scale, MIN_SCALE)
        return cls(scale, (width - w * scale) / 2 - x * scale, top + (room - h * scale) / 2 - y * scale)

    @classmethod
    def begun(
        cls, bounds: Bounds, scale: float, width: float, height: float, *, top: float = 0.0, bottom: float = 0.0
    ) -> Viewport:
        """The viewport of a scale that shows a rectangle from its upper left, or all of it in the middle where it fits.

        Args:
            bounds: The rectangle.
            scale: View px for each px of the picture.
            width, height: The view's size.
            top, bottom: What of the view is taken by other things.
        """
        x, y, w, h = bounds
        free = max(width - w * scale, 0.0), max(height - top - bottom - h * scale, 0.0)
        return cls(scale, free[0] / 2 - x * scale, top + free[1] / 2 - y * scale)

    def showing(self, box: tuple[float, float, float, float], width: float, height: float, margin: float = 40.0) -> Viewport:
        """Panned as little as makes a box (left, top, right, bottom) of the picture visible."""
        (u0, v0), (u1, v1) = self.to_view(*box[:2]), self.to_view(*box[2:])
        return self.moved(_shift(u0, u1, width, margin), _shift(v0, v1, height, margin))


def _shift(low: float, high: float, size: float, margin: float) -> float:
    margin = min(margin, max((size - (high - low)) / 2, 0.0))
    if low < margin:
        return margin - low
    if high > size - margin:
        return size - margin - high
    return 0.0
