"""Drawing a picture of a recording, and gestures on it."""

from gradviz.canvas.view import CanvasView

__all__ = ["CanvasView"]
