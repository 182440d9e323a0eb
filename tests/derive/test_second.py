"""Second derivatives as models: their formulas, and strangers that they agree with."""

from __future__ import annotations

import pytest

from symderive import catalog
from symderive.derive import gradient, hessian, hvp
from symderive.derive.rules import DERIVATIVES
from symderive.derive.seeded import _distributed
from symderive.derive.tangents import tangent_equation
from symderive.errors import InputError, SymderiveError
from symderive.expr import Reduce, Sigmoid, subexpressions
from symderive.stabilise import stabilise, stabilise_for_second, stabilise_second
from symderive.verify.second import against_differences, against_each_other, hvp_against_hessian
from tests.derive.zoo import ZOO
from tests.verify.plant import Fault

#: Models of the zoo with a default input, in which every construct of the language stands.
SMALL = sorted(ZOO)


def wrong(model):
    """The worst error of the second derivatives of ``model``; infinite if they cannot be made."""
    try:
        first, second = hvp(model), hessian(model)
        tallies = [
            against_differences(model, gradient(model), first, most=3),
            hvp_against_hessian(model, first, second, most=2),
        ]
    except SymderiveError:
        return float("inf")
    return max(tally.worst for tally in tallies)


@pytest.mark.parametrize("name", SMALL)
def test_second_derivatives_are_slopes_of_the_gradient_and_agree_with_each_other(name):
    assert wrong(ZOO[name]()) < 1e-20


@pytest.mark.parametrize("name", ["softmax_nll", "two_layer_sigmoid", "focal", "gaussian_nll"])
def test_stable_forms_are_equal(name):
    model = catalog.load(name)
    base = stabilise_for_second(model)
    for made in (hvp, hessian):
        tally = against_each_other(model, made(model), stabilise_second(made(base)), most=2)
        assert tally.points > 0
        assert tally.worst < 1e-40


def final(name, made=hessian):
    """The right sides of the stable second derivative of a model of the catalog."""
    second = stabilise_second(made(stabilise_for_second(catalog.load(name))))
    return {equation.name: equation.rhs for equation in second.derived}


def test_the_hessian_of_softmax_is_a_diagonal_less_an_outer_product():
    terms = {str(term) for term in final("cross_entropy_of_scores")["∂∂s"].args}
    assert terms == {
        "Exp(-lse's[i] + s[i, j])*[i == k and j == m]/N",
        "-Exp(-lse's[i] + s[i, j])*Exp(-lse's[i] + s[i, m])*[i == k]/N",
    }


def test_the_hessian_of_the_logistic_loss_is_x_times_weights_times_x():
    assert str(final("binary_logistic")["∂∂w"]) == (
        "sum[_0_0](Sigmoid(-s[_0_0])*Sigmoid(s[_0_0])*x[_0_0, k]*x[_0_0, m])/N"
    )


def test_a_delta_stands_outside_of_its_sum():
    diagonal, other = sorted(map(str, final("softmax_nll")["∂∂w"].args), key=len)
    assert diagonal.startswith("[j == m]*sum[_0_0](Exp(")
    assert "==" not in other


def test_a_product_with_a_tangent_never_has_the_axes_of_the_hessian():
    for name in ("softmax_nll", "two_layer_sigmoid"):
        model = catalog.load(name)
        most = max(len(d.tensor.axes) for d in model.declarations)
        assert all(len(equation.tensor.axes) <= most for equation in hvp(model).equations)


def test_at_kinks_the_second_derivative_is_that_of_the_branch_taken():
    assert str(hvp(catalog.load("hinge")).derived[-1]) == "dot'∂w[j, k] = 0"


def test_an_output_that_is_no_scalar_keeps_its_cotangent():
    assert hvp(catalog.load("sigmoid")).cotangent.name == "∂y"
    assert hvp(catalog.load("hinge")).cotangent is None


def test_an_unknown_input_is_refused():
    for made in (hvp, hessian):
        with pytest.raises(InputError, match="wrt 'z' is not a real input"):
            made(catalog.load("hinge"), ["z"])


def test_sums_that_remain_have_names():
    equations = hessian(catalog.load("two_layer_sigmoid")).derived
    inner = [
        node
        for equation in equations
        for node in subexpressions(equation.rhs)
        if isinstance(node, Reduce)
        and any(isinstance(part, Reduce) for part in subexpressions(node.body))
    ]
    assert not inner


FAULTS = [
    Fault(tangent_equation, "times(local, upstream)", "upstream", "two_layers"),
    Fault(tangent_equation, "edge.cond, fresh, keep)", "fresh=fresh)", "clipped"),
    Fault(
        _distributed,
        "(*factors[:place], *factors[place + 1 :])",
        "factors[:place]",
        "tied_weights",
    ),
    Fault(_distributed, "reversed(factors[place].args)", "factors[place].args[1:]", "tied_weights"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_in_the_rules_of_second_derivatives_is_caught(fault):
    model = ZOO[fault.model]()
    assert wrong(model) < 1e-20
    with fault.planted():
        assert wrong(model) > 1e-3


def test_a_wrong_derivative_of_a_derivative_is_caught(monkeypatch):
    model = stabilise(catalog.load("binary_logistic")).model
    right = gradient(model), hessian(model)
    monkeypatch.setitem(DERIVATIVES, Sigmoid, (lambda u: Sigmoid(u) * (1 + Sigmoid(u)),))
    broken = hvp(model)
    assert against_differences(model, right[0], broken, most=2).worst > 1e-3
    assert hvp_against_hessian(model, broken, right[1], most=2).worst > 1e-3
