"""Special functions NumPy does not have, over arrays of doubles, by the approximations PyTorch computes them with."""

from __future__ import annotations

from .bessel import (
    airy_ai,
    bessel_j0,
    bessel_j1,
    bessel_y0,
    bessel_y1,
    i0,
    i0e,
    i1,
    i1e,
    k0,
    k0e,
    k1,
    k1e,
    spherical_bessel_j0,
)
from .gamma import digamma, igamma, igammac, lgamma, polygamma, trigamma, zeta
from .normal import erfc, erfcx, erfinv, log_ndtr, ndtri
from .polynomials import (
    chebyshev_t,
    chebyshev_u,
    chebyshev_v,
    chebyshev_w,
    hermite_h,
    hermite_he,
    laguerre,
    legendre,
)

__all__ = [
    "airy_ai",
    "bessel_j0",
    "bessel_j1",
    "bessel_y0",
    "bessel_y1",
    "chebyshev_t",
    "chebyshev_u",
    "chebyshev_v",
    "chebyshev_w",
    "digamma",
    "erfc",
    "erfcx",
    "erfinv",
    "hermite_h",
    "hermite_he",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igammac",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "laguerre",
    "legendre",
    "lgamma",
    "log_ndtr",
    "ndtri",
    "polygamma",
    "spherical_bessel_j0",
    "trigamma",
    "zeta",
]
