"""torch.nn.utils.parametrizations: orthogonal weights, weights of unit spectral norm, weights as length and direction."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import numpy as np

from ...api import FUNCTIONS
from ...grad_mode import no_grad
from ...linalg import _solve
from ...ops.weight_norm import _weight_norm, norm_except_dim
from ...rules import TENSORS
from ...tensor import Tensor, wrap
from ...typeinfo import finfo
from .. import functional as F
from ..modules.attributes import get_attribute
from ..modules.module import Module
from .parametrize import register_parametrization
from .spectral_norm import output_dim

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

# -- orthogonal


def _reflectors(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """A QR factorization as LAPACK's geqrf gives it: R above the reflectors' vectors, and their scales."""
    value: Any = matrix.detach().numpy()
    raw, scales = np.linalg.qr(value, "raw")
    return wrap(np.ascontiguousarray(raw.swapaxes(-2, -1)).astype(value.dtype)), wrap(scales.astype(value.dtype))


def _product(vectors: Tensor, scales: Tensor) -> Tensor:
    """The first columns of the product of reflections: 1 - scale * v v^H, where v is 0 above the diagonal and 1 on it."""
    rows, columns = vectors.shape[-2:]
    unit = FUNCTIONS["eye"](rows, columns, dtype=vectors.dtype)
    below = vectors.tril(-1) + unit
    found = unit.expand(vectors.shape)
    for i in reversed(range(columns)):
        v = below[..., i : i + 1]
        found = found - scales[..., i, None, None] * (v @ (v.mH @ found))
    return found


def _is_orthogonal(q: Tensor) -> bool:
    unit = FUNCTIONS["eye"](q.shape[-1], dtype=q.dtype)
    return bool(TENSORS.allclose(q.mH @ q, unit, atol=10.0 * q.shape[-2] * finfo(q.dtype).eps))


def _make_orthogonal(a: Tensor) -> Tensor:
    """The orthogonal factor of a matrix, made unique by R's diagonal being positive."""
    vectors, scales = _reflectors(a)
    return _product(vectors, scales) * vectors.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


class _Orthogonal(Module):
    """An orthogonal matrix from any matrix, of which a triangle counts.

    Args:
        weight: What it will be put on.
        orthogonal_map: How: by the exponential or the Cayley transform of a skew-symmetric matrix, or by reflections.
        use_trivialization: Whether it is multiplied by a fixed orthogonal matrix, which assignment sets.
    """

    def __init__(self, weight: Tensor, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        """The orthogonal matrix."""
        transposed = x.shape[-2] < x.shape[-1]
        if transposed:
            x = x.mT
        if self.orthogonal_map is _OrthMaps.householder:
            lower = x.tril(diagonal=-1)
            q = _product(lower, 2.0 / (1.0 + (lower * lower).sum(dim=-2)))
            q = q * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)
        else:
            q = self._by_rotation(x)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if transposed else q

    def _by_rotation(self, x: Tensor) -> Tensor:
        rows, columns = x.shape[-2:]
        x = x.tril()
        if rows != columns:
            zeros = x.new_zeros(rows, rows - columns).expand(*x.shape[:-2], -1, -1)
            x = TENSORS.cat([x, zeros], dim=-1)
        skew = x - x.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            q: Tensor = TENSORS.matrix_exp(skew)
        else:
            unit = FUNCTIONS["eye"](rows, dtype=skew.dtype)
            q = _solve(TENSORS.add(unit, skew, alpha=-0.5), TENSORS.add(unit, skew, alpha=0.5))
        return q if rows == columns else q[..., :columns]

    @no_grad()
    def right_inverse(self, q: Tensor) -> Tensor:
        """What gives q, or the orthogonal matrix nearest by Gram and Schmidt.

        Raises:
            ValueError: It has another shape.
            NotImplementedError: This map has no inverse.
        """
        if q.shape != self.shape:
            raise ValueError(f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {q.shape}.")
        wide = q.shape[-2] < q.shape[-1]
        tall = q.mT if wide else q
        rows, columns = tall.shape[-2:]
        if not hasattr(self, "base"):
            if self.orthogonal_map is not _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            a, scales = _reflectors(tall)
            # The R of what is orthogonal holds signs.
            diagonal = a.diagonal(dim1=-2, dim2=-1)
            diagonal.sign_()
            diagonal[scales == 0.0] *= -1
            return a.mT if wide else a
        if rows == columns:
            base = tall.clone() if _is_orthogonal(tall) else _make_orthogonal(tall)
        else:
            drawn = FUNCTIONS["randn"](*tall.shape[:-2], rows, rows - columns, dtype=tall.dtype)
            base = _make_orthogonal(TENSORS.cat([tall, drawn], dim=-1))
        self.base = base
        # Which every map takes to the unit matrix.
        origin = TENSORS.zeros_like(q)
        origin.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return origin


def _weight(module: Module, name: str) -> Tensor:
    found = get_attribute(module, name, None)
    if not isinstance(found, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return found


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep a matrix orthogonal, or its rows or columns orthonormal if it is not square.

    Args:
        module: The module, which is returned.
        name: Of the matrix.
        orthogonal_map: "matrix_exp", "cayley" or "householder"; the first of square or complex ones, else the last.
        use_trivialization: Whether it is multiplied by a fixed orthogonal matrix, which assignment sets.

    Raises:
        ValueError: There is no such matrix, or no such map.
    """
    weight = _weight(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _OrthMaps.__members__:
        raise ValueError(f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}')
    made = _Orthogonal(weight, _OrthMaps[orthogonal_map], use_trivialization=use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


# -- length and direction


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        """The weight."""
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Length and direction."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Part a weight into a length and a direction (Salimans and Kingma, 2016).

    Args:
        module: The module, which is returned.
        name: Of the weight.
        dim: Over which each length is of its own; None for one length.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def renamed(state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        """State dicts of torch.nn.utils.weight_norm are taken too."""
        keys = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in keys):
            for i, key in enumerate(keys):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(renamed)
    return module


# -- spectral norm


class _SpectralNorm(Module):
    """A weight divided by its largest singular value, found by power iteration."""

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}")
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight)
            height, width = matrix.shape
            u = matrix.new_empty(height).normal_(0, 1)
            v = matrix.new_empty(width).normal_(0, 1)
            self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Tensor) -> Tensor:
        if self.dim != 0:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.flatten(1)

    @no_grad()
    def _power_method(self, matrix: Tensor, steps: int) -> None:
        for _ in range(steps):
            self._u.copy_(F.normalize(TENSORS.mv(matrix, self._v), dim=0, eps=self.eps))
            self._v.copy_(F.normalize(TENSORS.mv(matrix.mH, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        """The weight, divided."""
        if weight.ndim == 1:
            unit: Tensor = F.normalize(weight, dim=0, eps=self.eps)
            return unit
        matrix = self._matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # The graph keeps these, while the next call writes into the buffers.
        u, v = self._u.clone(), self._v.clone()
        return weight / TENSORS.vdot(u, TENSORS.mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """The value itself: what was divided cannot be known."""
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value (Miyato et al., 2018).

    Args:
        module: The module, which is returned.
        name: Of the weight.
        n_power_iterations: How many steps each use in training mode takes.
        eps: The least that the vectors' norms count as.
        dim: The weight's dimension of outputs: 0, or 1 of transposed convolutions, if not given.

    Raises:
        ValueError: There is no such weight, or there are no steps.
        IndexError: It has no such dimension.
    """
    weight = _weight(module, name)
    made = _SpectralNorm(weight, n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, made)


def __dir__() -> list[str]:
    return __all__
