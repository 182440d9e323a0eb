"""Claims judged: proved, verified, refuted with the smallest counterexample, or ill-typed."""

from symderive.verify.claims.judge import judge
from symderive.verify.claims.verdict import Counterexample, Kind, Verdict

__all__ = ["Counterexample", "Kind", "Verdict", "judge"]
