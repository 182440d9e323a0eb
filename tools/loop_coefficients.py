"""Prints coefficients of templates/numba_functions.py.j2: _loop_power and _loop_log1p_share.

``exp``: of ``(exp(r) - 1 - r) / r**2`` in r from ``-log(2) / 2`` to ``log(2) / 2``; ``log1p``: of
``2 * (atanh(s) / s - 1) / s**2`` in ``s**2`` for s from 0 to 1/3. The largest error is as small as
it gets, that of exp as a part of ``exp(r) - 1``, that of log1p as a part of the logarithm: squares
are made least with weights that grow where the error is large.
Usage: python tools/loop_coefficients.py exp|log1p DEGREE
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from mpmath import atanh, cos, diag, expm1, log, lu_solve, matrix, mp, mpf, pi, polyval, sqrt

mp.dps = 60
POINTS, TURNS = 80, 25


def of_exp(r: mpf) -> mpf:
    """What stands beside ``r**2`` in ``exp(r) - 1 - r``."""
    return (expm1(r) - r) / r**2


def of_log1p(square: mpf) -> mpf:
    """What stands beside ``s**3`` in ``log1p(x) = 2 * atanh(s)``."""
    s = sqrt(square)
    return 2 * (atanh(s) / s - 1) / square


#: The function, the ends, and by what an error counts.
KINDS: dict[str, tuple[Callable[[mpf], mpf], mpf, mpf, Callable[[mpf], mpf]]] = {
    "exp": (of_exp, -log(2) / 2 * mpf("1.0005"), log(2) / 2 * mpf("1.0005"), abs),
    "log1p": (of_log1p, mpf("1e-12"), mpf(1) / 9, lambda square: square / 2),
}


def main() -> None:
    """The coefficients, highest power first, and the largest error."""
    smooth, low, high, counts = KINDS[sys.argv[1]]
    degree = int(sys.argv[2])
    nodes = [
        (low + high) / 2 + (high - low) / 2 * cos(pi * (2 * k + 1) / (2 * POINTS))
        for k in range(POINTS)
    ]
    powers = matrix([[x**n for n in range(degree, -1, -1)] for x in nodes])
    right = matrix([smooth(x) for x in nodes])
    weights = [mpf(1)] * POINTS
    best: tuple[mpf, list[mpf]] | None = None
    for _ in range(TURNS):
        scaled = diag([w * counts(x) ** 2 for w, x in zip(weights, nodes, strict=True)])
        found = list(lu_solve(powers.T * scaled * powers, powers.T * scaled * right))
        errors = [abs(polyval(found, x) - smooth(x)) * counts(x) for x in nodes]
        if best is None or max(errors) < best[0]:
            best = (max(errors), found)
        total = sum(w * e for w, e in zip(weights, errors, strict=True))
        weights = [w * e * POINTS / total for w, e in zip(weights, errors, strict=True)]
    assert best is not None  # noqa: S101 - of at least one turn
    for number in best[1]:
        print(f"    {float(number)!r},")
    print(f"# off by at most {float(best[0]):.2g}", file=sys.stderr)


if __name__ == "__main__":
    main()
