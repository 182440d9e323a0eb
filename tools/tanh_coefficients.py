"""Prints the coefficients of the kernel ``_less_tanh`` in templates/numpy_module.py.j2.

``(x - tanh(x)) / x**3`` is smooth in ``q = x**2``: its Chebyshev series for x from 0 to 1, cut off
and written in powers of q.
Usage: python tools/tanh_coefficients.py DEGREE
"""

from __future__ import annotations

import sys

from mpmath import chebyfit, cos, mp, mpf, pi, polyval, sqrt, tanh

mp.dps = 60


def smooth(q: mpf) -> mpf:
    """The function that is approximated."""
    x = sqrt(q)
    return (x - tanh(x)) / x**3 if x > mpf(10) ** -15 else 1 / mpf(3) - 2 * q / 15


def main() -> None:
    """The coefficients, highest power first, and the largest relative error."""
    degree = int(sys.argv[1])
    found = chebyfit(smooth, [0, 1], degree + 1)
    for number in found:
        print(f"    {float(number)!r},")
    grid = [(1 + cos(pi * k / 1999)) / 2 for k in range(2000)]
    worst = max(abs(polyval(found, q) / smooth(q) - 1) for q in grid)
    print(f"# off by at most {float(worst):.2g}", file=sys.stderr)


if __name__ == "__main__":
    main()
