"""Evidence: every line of a derivation, every gradient, every generated module checked."""

from symderive.verify.evidence import Evidence, verify_model
from symderive.verify.lines import LineEvidence, check_derivation
from symderive.verify.print_check import check_printed

__all__ = ["Evidence", "LineEvidence", "check_derivation", "check_printed", "verify_model"]
