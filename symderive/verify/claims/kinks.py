def only_at_kinks(claim, model, survey):
    return None
