"""What is carried from one pane to another."""

from __future__ import annotations

from typing import Final

OP_MIME: Final = "application/x-gradviz-op"
"""What is dragged from the palette: the name of an op of the catalogue."""
