"""Why a local derivative is what it is: rule after rule by name, and each line still true."""

from __future__ import annotations

import pytest

from symderive import catalog, parse
from symderive.derive import derive
from symderive.verify import check_derivation


def reasons(derivation, above):
    """The rules of the block that explains the derivative of ``above``."""
    for block in derivation.blocks:
        if block.kind == "local" and block.subject.of.tensor.name == above:
            return [step.rule for step in block.steps]
    return None


def test_rules_go_inward_until_a_derivative_can_be_read_off():
    network = derive(catalog.two_layer_sigmoid(), wrt="w_o")
    told = ["definition", "constant factor", "derivative of a sum", "power rule", "derivatives"]
    assert reasons(network, "L") == told


@pytest.mark.parametrize(
    ("right", "rules"),
    [
        ("exp(s[i])", []),
        ("log(1 + exp(-s[i]))", ["derivative of the logarithm", "sum rule"]),
        ("tanh(s[i])**2", ["power rule"]),
        ("s[i] * tanh(s[i]**2)", ["product rule", "derivative of tanh", "power rule"]),
        ("where(s[i] > 0, s[i]**2, where(s[i] > -1, -s[i], 0))", ["derivative by cases"]),
    ],
)
def test_each_rule_has_its_name(right, rules):
    told = reasons(derive(parse(f"data s[N]\ny[i] = {right}"), "y", "s"), "y")
    if not rules:
        assert told is None or told[-1] in {"derivatives", "put back"}
    else:
        assert [rule for rule in told if rule in rules] == rules


def test_letters_of_sums_within_sums_stay_apart():
    model = parse("param w[D, D]\nL = sum[i](sum[j](w[i, j] * sum[k](w[j, k]**2))**2)")
    derivation = derive(model, "L", "w")
    told = reasons(derivation, "L")
    assert told.count("derivative of a sum") > 1
    assert check_derivation(derivation).lines > len(told)


def told(text, of, wrt):
    """The reasons of the last contraction that explains one derivative, as words."""
    derivation = derive(parse(text), of, wrt)
    (block,) = (
        b for b in derivation.blocks if b.kind == "local" and b.subject.of.tensor.name == of
    )
    return next("".join(map(str, s.reason)) for s in block.steps if s.rule == "derivatives")


@pytest.mark.parametrize(
    ("text", "wrt", "reason"),
    [
        ("param A[T, T]\ndata v[T]\no[t] = sum[s](A[t, s] * v[s])", "A", "only s == i survives"),
        ("param A[T, T]\ndata v[T]\no[t] = sum[s](A[s, t] * v[s])", "A", "only s == r survives"),
        ("param A[T, K]\no = sum[t, k](A[t, k]**2)", "A", "only t == i, k == j survive"),
        ("param A[T, K]\no = sum[t](sum[k](A[t, k]**2))", "A", "only t == i, j == k survive"),
        (
            "data W[D, D]\nparam x[D]\no = sum[k, l](W[k, l] * x[k] * x[l])",
            "x",
            "only k == i or l == i survives",
        ),
        (
            "param a\ndata y[N]\no = sum[n](y[n] * log(a))",
            "a",
            "constant factor, derivative of the logarithm",
        ),
    ],
)
def test_what_survives_is_what_the_derivative_is_by(text, wrt, reason):
    index = "index r, s, t: T\n" if "T, T" in text else ""
    assert told(index + text, "o", wrt) == reason


def test_a_fixed_factor_beside_a_logarithm_makes_no_product_rule():
    model = parse("data y[N]\nparam m[N]\nL[i] = y[i] * log(m[i]) - m[i]")
    rules = reasons(derive(model, "L", "m"), "L")
    assert "product rule" not in rules
    assert told("data y\nparam m\nL = y * log(m) - m", "L", "m").startswith("constant factor")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("param w\ndata x[N]\nL[i] = (w - x[i])**2\nloss = mean[i](L[i])", "sum over samples"),
        ("param w\ndata x[N]\nL[i] = (w - x[i])**2\nloss = sum[i](L[i]**2)", "chain rule"),
        ("sample i: N\nparam w[N]\nL[i] = w[i]**2\nloss = mean[i](L[i])", "chain rule"),
    ],
)
def test_only_samples_are_summed_over_as_samples(text, rule):
    (closing,) = (b for b in derive(parse(text), "L", "w").blocks if b.kind == "closing")
    assert closing.steps[0].rule == rule
