"""Transforms of functions, as torch.func and forward-mode derivatives need them.

A transform in force is a `Level`; levels nest, and `modes.state.level` is the innermost. Every op called meanwhile goes to that
level first, which does its part and hands what is left to the level below, until none is left and the op is computed.

* `tracking`: reverse and forward derivatives of its own, apart from those of any other level (grad, vjp, jvp);
* `batching`: one call stands for a whole batch of calls (vmap);
* `duals`: the tangents that `torch.autograd.forward_ad` hangs on ordinary tensors, below all other levels.
"""

from __future__ import annotations

__all__: list[str] = []
