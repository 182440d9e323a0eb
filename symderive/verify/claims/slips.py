def explain_slip(claim, model, survey):
    return "", ""
