"""Evidence: every line of a derivation, every gradient, every generated module checked."""

from symderive.verify.evidence import Evidence, verify_model
from symderive.verify.lines import LineEvidence, check_derivation

__all__ = ["Evidence", "LineEvidence", "check_derivation", "verify_model"]
