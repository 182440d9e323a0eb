def prove_claim(claim, model):
    return None
