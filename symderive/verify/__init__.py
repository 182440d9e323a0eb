"""Evidence: every line of a derivation, every gradient, every generated module checked."""

from symderive.verify.lines import LineEvidence, check_derivation

__all__ = ["LineEvidence", "check_derivation"]
