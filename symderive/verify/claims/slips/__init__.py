"""The likely slip behind a wrong right side, and the line that is right."""

from symderive.verify.claims.slips.explain import explain_slip

__all__ = ["explain_slip"]
