"""The views that give a tensor a tangent and take it away; see `transforms`."""

from __future__ import annotations

from ..api import op

__all__: list[str] = []

op("_make_dual(Tensor self)", lambda self: self[...], "self with a tangent", view=True, node="ViewBackward0", self="grad")
op("_fw_primal(Tensor self)", lambda self: self[...], "self without its tangent", view=True, node="Identity", self="grad")
