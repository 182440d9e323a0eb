"""What a derivation prints, line by line: a missed fold is right in its numbers, and wrong here."""

from __future__ import annotations

import pytest

from symderive import catalog
from symderive.derive import derive
from tests.derive.shown import shown, written
from tests.derive.zoo import ZOO

KINDS = ("case", "merged", "closing")

FORMS = {
    "softmax_nll": """
        if j == y[i]:
        dL[i]/dw[j, k] = {dL[i]/dp[i, y[i]] | -p[i, y[i]]**-1}
            * {dp[i, y[i]]/ds[i, y[i]] | p[i, y[i]] * (1 - p[i, y[i]])}
            * {ds[i, y[i]]/dw[y[i], k] | x[i, k]}
        = (-1 + p[i, j]) * x[i, k]
        if j != y[i]:
        dL[i]/dw[j, k] = {dL[i]/dp[i, y[i]] | -p[i, y[i]]**-1}
            * {dp[i, y[i]]/ds[i, j] | -p[i, y[i]] * p[i, j]}
            * {ds[i, j]/dw[j, k] | x[i, k]}
        = p[i, j] * x[i, k]
        dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]
        dloss/dw[j, k] = N**-1 * sum[i](dL[i]/dw[j, k])
    """,
    "hinge": """
        if m != y[i]:
        dL[i]/dw[m, k] = {dL[i]/de[i, m] | 1}
            * {de[i, m]/ds[i, m] | [Delta + s[i, m] - s[i, y[i]] > 0]}
            * {ds[i, m]/dw[m, k] | x[i, k]}
        = [Delta + s[i, m] - s[i, y[i]] > 0] * x[i, k]
        if m == y[i]:
        dL[i]/dw[y[i], k] = sum[c'1 if c'1 != y[i]]({dL[i]/de[i, c'1] | 1}
            * {de[i, c'1]/ds[i, y[i]] | [Delta + s[i, c'1] - s[i, y[i]] > 0] * -1}
            * {ds[i, y[i]]/dw[y[i], k] | x[i, k]})
        = sum[c'1 if c'1 != y[i]]([Delta + s[i, c'1] - s[i, y[i]] > 0] * -1 * x[i, k])
        dloss/dw[m, k] = N**-1 * sum[i](dL[i]/dw[m, k])
    """,
    "squared_error": """
        dL[i]/dw[k] = {dL[i]/dyhat[i] | 2 * (yhat[i] - y[i])} * {dyhat[i]/dw[k] | x[i, k]}
        = 2 * (yhat[i] - y[i]) * x[i, k]
        dloss/dw[k] = N**-1 * sum[i](dL[i]/dw[k])
    """,
    "binary_logistic": """
        dL[i]/dw[k] = {dL[i]/dq[i] | -Xdivy(y[i], q[i]) + Xdivy(1 - y[i], 1 - q[i])}
            * {dq[i]/ds[i] | q[i] * (1 - q[i])} * {ds[i]/dw[k] | x[i, k]}
        = (q[i] - y[i]) * x[i, k]
        dloss/dw[k] = N**-1 * sum[i](dL[i]/dw[k])
    """,
    "sigmoid": """
        dy[i]/dx[i] = Exp(-x[i])*(1 + Exp(-x[i]))**-2
        = y[i] * (1 - y[i])
    """,
    "tanh": """
        dy[i]/dx[i] = 1 - (-Exp(-x[i]) + Exp(x[i]))**2*(Exp(x[i]) + Exp(-x[i]))**-2
        = 1 - y[i]**2
    """,
    "relu": """
        dy[i]/dx[i] = [x[i] > 0]
    """,
    "softplus": """
        dy[i]/dx[i] = Exp(x[i])*(1 + Exp(x[i]))**-1
        = Sigmoid(x[i])
    """,
}

#: The results of models that no one named, and what must have been put back in them.
RESULTS = {
    ("matrix_factorisation", "b"): "-2*T**-1*sum[_00 if i == user[_00]](e[_00])",
    ("smooth_max", "x"): "Exp(-lse[_00](beta*x[k, _00]) + beta*x[k, j])",
    ("contrastive", "a"): "-b[i, k] + sum[_00](Exp(s[i, _00]))**-1"
    "*sum[_00](b[_00, k]*Exp(s[i, _00]))",
    ("tied_weights", "b"): "2*D**-1*N**-1"
    "*sum[_00, _01](w[h, _01]*(1 - a[_00, h]**2)*(r[_00, _01] - x[_00, _01]))",
    ("focal", "s"): "(-p[i, j] + [j == y[i]])*(-(1 - p[i, y[i]])**gamma"
    " + gamma*p[i, y[i]]*(1 - p[i, y[i]])**(-1 + gamma)*log(p[i, y[i]]))",
}


def lines_of(form):
    """The lines of a form; one that starts with an asterisk goes on where the last one ended."""
    lines: list[str] = []
    for line in form.strip().splitlines():
        if line.strip().startswith("*"):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return lines


@pytest.mark.parametrize("name", FORMS)
def test_the_lecture_s_derivations_print_as_in_the_lecture(name):
    assert shown(derive(catalog.load(name)), *KINDS) == lines_of(FORMS[name])


def test_the_steps_of_a_quotient_are_named_for_a_student():
    blocks = derive(catalog.load("softmax_nll")).blocks
    rules = [step.rule for block in blocks if block.kind == "local" for step in block.steps]
    assert "quotient rule" in rules
    assert "put back" in rules
    assert "derivative of a sum" in rules


@pytest.mark.parametrize(("name", "wrt"), RESULTS)
def test_what_was_named_is_put_back(name, wrt):
    assert written(derive(ZOO[name](), wrt=wrt).result) == RESULTS[name, wrt]


def test_nothing_depends_on_what_was_derived_before():
    alone = shown(derive(catalog.load("softmax_nll")))
    for name in ("attention", "cox"):
        derive(ZOO[name]())
    assert shown(derive(catalog.load("softmax_nll"))) == alone
