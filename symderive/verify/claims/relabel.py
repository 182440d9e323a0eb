def ill_typed(claim, model):
    from symderive.verify.claims.verdict import Verdict

    return Verdict(claim, "ill-typed", "; ".join(c.what for c in claim.clashes))
