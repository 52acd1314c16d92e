"""How rows are called for a whole batch at once, by family.

A row without a rule is called sample by sample, so every op works under vmap; a rule only makes it fast.
"""

from __future__ import annotations

from ..families import is_elementwise
from . import indexing, products, shapes
from .elementwise import aligned, default_rule, no_room
from .random import check_random_write, drawn, made_like, same_draw

__all__ = [
    "aligned",
    "check_random_write",
    "default_rule",
    "drawn",
    "is_elementwise",
    "made_like",
    "no_room",
    "same_draw",
]

del indexing, products, shapes
