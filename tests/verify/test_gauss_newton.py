"""Products with the Gauss-Newton matrix against steps, and faults planted in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symderive import catalog
from symderive.derive import gauss_newton, hvp
from symderive.expr import elements
from symderive.stabilise import stabilise_for_second
from symderive.verify.gauss_newton import against_steps, split_of

SPLIT = {
    "softmax_nll": "s",
    "two_layer_sigmoid": "yhat",
    "binary_logistic": "s",
    "squared_error": "yhat",
    "hinge": "s",
}
TOLERANCE = 1e-20


@pytest.mark.parametrize("name", SPLIT)
def test_a_product_is_what_steps_tell(name):
    model = catalog.load(name)
    assert split_of(stabilise_for_second(model)) == SPLIT[name]
    tally = against_steps(model, gauss_newton(model, SPLIT[name]), SPLIT[name])
    assert tally.points > 0
    assert tally.worst < TOLERANCE


@pytest.mark.untraced
@pytest.mark.parametrize("name", ["softmax_nll", "two_layer_sigmoid", "binary_logistic"])
def test_a_planted_fault_is_caught(name):
    model, at = catalog.load(name), SPLIT[name]
    product = gauss_newton(model, at)
    counts = {tensor for _, tensor in product.results}
    for equation in reversed(product.derived):
        if equation.name in counts:
            counts |= {element.tensor.name for element in elements(equation.rhs)}
    active = [k for k, e in enumerate(product.derived) if e.name in counts]
    assert len(active) > 4
    for place in active:
        for fault in (lambda rhs: -rhs, lambda rhs: rhs * 1.0000001):
            derived = list(product.derived)
            derived[place] = replace(derived[place], rhs=fault(derived[place].rhs))
            wrong = replace(product, derived=tuple(derived))
            assert against_steps(model, wrong, at).worst > TOLERANCE, derived[place]


def test_the_hessian_of_a_network_is_not_taken_for_it():
    model = catalog.load("two_layer_sigmoid")
    assert against_steps(model, hvp(model), "yhat").worst > 1e-3


@pytest.mark.parametrize("name", ["relu", "softmax"])
def test_what_is_no_loss_has_none(name):
    assert split_of(catalog.load(name)) is None
