"""Work that may be spent on a claim: counted, so that no verdict depends on a machine's speed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

#: Seconds after which something hangs: far above what any budget of work takes.
HANGING = 30.0


@dataclass
class Effort:
    """A budget: ``limit`` operations of the reference evaluator in 50 digits, or their worth.

    >>> effort = Effort(100)
    >>> effort.spend(70), effort.over, effort.spend(40), effort.over
    (None, False, None, True)
    """

    limit: float
    spent: float = 0
    until: float = field(default_factory=lambda: time.monotonic() + HANGING)

    def spend(self, work: float) -> None:
        """Count ``work``."""
        self.spent += work

    @property
    def over(self) -> bool:
        """Whether the budget is used up, or something hangs."""
        return self.spent > self.limit or time.monotonic() > self.until

    def more(self, limit: float) -> None:
        """Allow ``limit`` operations from here on."""
        self.limit = self.spent + limit


#: What an operation is worth beside one in 50 digits, by the digits.
def price(digits: int, rigorous: bool = False) -> float:
    """How much work an operation of ``digits`` is, in units of one with 50.

    >>> price(50), price(400) < price(9000)
    (1.0, True)
    """
    base = max(1.0, digits / 600 + (digits / 3000) ** 2)
    return base * (3 if rigorous else 1)
