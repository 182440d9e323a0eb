"""Prints the coefficients of the kernel ``_tail`` in templates/numpy_module.py.j2.

``(5/4 + z) * exp(z**2 / 2) * erfc(z / sqrt(2))`` for z from 0 on is smooth in
``q = (z - m) / (z + m)``, which goes from -1 to 1: its Chebyshev series there, cut off and written
in powers of q. 5/4 makes it flat at z = 0, where q has little of z left, and the middle m is such
that the coefficients lose little to rounding: 23 and 6 for float64, 11 and 4 for float32.
Usage: python tools/erfc_coefficients.py DEGREE MIDDLE
"""

from __future__ import annotations

import sys

from mpmath import chebyfit, cos, erfc, exp, mp, mpf, pi, polyval, sqrt

mp.dps = 60


def smooth(q: mpf, middle: mpf) -> mpf:
    """The function that is approximated."""
    if q == 1:
        return sqrt(2 / pi)
    z = middle * (1 + q) / (1 - q)
    if z > 1e4:  # erfc underflows even here: the asymptotic series
        u = 1 / (z * z)
        return (1 + 5 / (4 * z)) * sqrt(2 / pi) * (1 - u + 3 * u**2 - 15 * u**3 + 105 * u**4)
    return (mpf(5) / 4 + z) * exp(z * z / 2) * erfc(z / sqrt(2))


def main() -> None:
    """The coefficients, highest power first, and the largest relative error."""
    degree, middle = int(sys.argv[1]), mpf(sys.argv[2])
    found = chebyfit(lambda q: smooth(q, middle), [-1, 1], degree + 1)
    for number in found:
        print(f"    {float(number)!r},")
    grid = [cos(pi * k / 1999) for k in range(2000)]
    worst = max(abs(polyval(found, q) / smooth(q, middle) - 1) for q in grid)
    print(f"# off by at most {float(worst):.2g}", file=sys.stderr)


if __name__ == "__main__":
    main()
