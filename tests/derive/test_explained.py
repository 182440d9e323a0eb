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
