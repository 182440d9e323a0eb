"""The table of identities: one row each, used from left to right, in this order of preference.

Every row is an equality wherever its left side is defined; none adds an epsilon. It comes to an
end because rows for logarithms move them inward or make them a function without one, rows for
quotients turn a denominator into an exponent, rows for products and sums leave fewer factors or
terms, and no row makes what an earlier one takes apart.
"""

from __future__ import annotations

from symderive.rewrite.rule import Rule
from symderive.stabilise.centred import CENTRED
from symderive.stabilise.differences import (
    DIFFERENCES,
    DIFFERENCES_AFTERWARDS,
    FRACTIONS,
    LAST_DIFFERENCES,
)
from symderive.stabilise.known import Known
from symderive.stabilise.logarithms import (
    LAST_LOGARITHMS,
    LOGARITHMS,
    LOGARITHMS_AFTERWARDS,
)
from symderive.stabilise.norms import NORMS
from symderive.stabilise.others import OTHERS
from symderive.stabilise.pairs import PAIRS
from symderive.stabilise.quotients import LAST_QUOTIENTS, QUOTIENTS
from symderive.stabilise.roots import ROOTS
from symderive.stabilise.softplus import SOFTPLUS

#: Before a name is looked up.
FIRST: tuple[Rule[Known], ...] = (
    *FRACTIONS,
    *LOGARITHMS,
    *QUOTIENTS,
    *(rule for rule in DIFFERENCES if rule not in FRACTIONS),
)

#: After names have been looked up.
LAST: tuple[Rule[Known], ...] = (*LAST_DIFFERENCES, *LAST_LOGARITHMS)

#: For equations that are not differentiated again.
AFTERWARDS: tuple[Rule[Known], ...] = (
    *DIFFERENCES_AFTERWARDS,
    *ROOTS,
    *SOFTPLUS,
    *CENTRED,
    *LOGARITHMS_AFTERWARDS,
    *NORMS,
    *PAIRS,
    *LAST_QUOTIENTS,
)

#: After names have been looked up, for models that are differentiated once: a second derivative
#: of what these rows make would be far longer.
ONCE: tuple[Rule[Known], ...] = (*OTHERS, *LAST)

#: Every row.
RULES: tuple[Rule[Known], ...] = (*FIRST, *ONCE, *AFTERWARDS)

__all__ = ["AFTERWARDS", "FIRST", "LAST", "ONCE", "RULES"]
