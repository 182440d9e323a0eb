"""The adjoint equations of every model of the zoo, against three strangers."""

from __future__ import annotations

import math
import random

import pytest
from sympy import Function

from symderive.derive import accumulate, gradient, local
from symderive.errors import InputError, NotSupportedError
from symderive.expr import Element, Tensor
from symderive.model import Equation, adjoint_name
from symderive.model.evaluate import FLOAT, Compiled, Evaluator
from symderive.model.points import assignments, points, positions
from symderive.verify.gradients import against_mpmath, against_sympy
from symderive.verify.reference import Reference, with_cotangent
from symderive.verify.sampling import smooth_points
from tests.derive.zoo import ZOO, sigmoid_layers

every_model = pytest.mark.parametrize("name", ZOO)


def all_gradients(model):
    return gradient(model, [declaration.name for declaration in model.real_inputs])


def dual_gradients(model, gradients, point):
    """Forward mode on the model's own equations, weighted with the cotangent."""
    evaluator = Evaluator(Compiled(model.equations, FLOAT), point)
    output, weights = model.output, point.inputs[gradients.cotangent.name]
    found = {}
    for name, _ in gradients.gradients:
        found[name] = {
            place: sum(
                evaluator.derivative(output.element, env, (name, place))
                * weights[tuple(env.values())]
                for env in assignments(output.indices, point.sizes)
            )
            for place in positions(model.tensor(name).axes, point.sizes)
        }
    return found


@every_model
def test_the_gradient_is_that_of_dual_numbers_at_kinks_and_ties_too(name):
    model = ZOO[name]()
    gradients = all_gradients(model)
    reference = Reference(gradients)
    compared = 0
    for plain in points(model, random.Random(7)):  # noqa: S311 - points, not secrets
        point = with_cotangent(gradients, plain)
        derived = reference.at(point)
        for wrt, wanted in dual_gradients(model, gradients, point).items():
            for place, value in wanted.items():
                if math.isfinite(value):
                    assert derived[wrt][place] == pytest.approx(value, rel=1e-9, abs=1e-9)
                    compared += 1
    assert compared > 0


@every_model
def test_the_gradient_is_that_of_sympy_written_out_entry_by_entry(name):
    model = ZOO[name]()
    tally = against_sympy(model, all_gradients(model), most=3)
    assert tally.points > 0
    assert tally.worst < 1e-40


@every_model
def test_the_gradient_is_that_of_differences_in_100_digits(name):
    model = ZOO[name]()
    tally = against_mpmath(model, all_gradients(model), most=4)
    assert tally.points > 0
    assert tally.worst < 1e-20


def test_the_derivative_of_an_output_by_itself_is_its_cotangent():
    model = ZOO["several_outputs"]()
    gradients = all_gradients(model)
    assert gradients.cotangent == Tensor(adjoint_name("y"), model.output.tensor.axes)


def test_by_default_every_param_is_differentiated_by():
    gradients = gradient(ZOO["tied_weights"]())
    assert [name for name, _ in gradients.gradients] == ["w", "b"]


def test_what_the_output_does_not_depend_on_has_the_gradient_0():
    gradients = all_gradients(ZOO["independent"]())
    zero = {equation.name: equation.rhs for equation in gradients.adjoints}
    assert zero[adjoint_name("b")] == 0


def test_an_output_that_is_a_maximum_stays_the_output():
    gradients = all_gradients(ZOO["max_of_max"]())
    assert gradients.primal.output.name == "loss"
    assert gradients.cotangent.axes == ()


@pytest.mark.parametrize(("wrt", "hint"), [("ww", "did you mean w"), ("user", "one of U, W")])
def test_what_is_no_real_input_is_refused(wrt, hint):
    model = ZOO["tied_weights"]() if wrt == "ww" else ZOO["matrix_factorisation"]()
    with pytest.raises(InputError, match=f"wrt '{wrt}' is not a real input; .*{hint}"):
        gradient(model, [wrt])


def test_a_function_without_a_rule_is_named():
    model = ZOO["scalars"]()
    odd = Equation(model.output.tensor, (), Function("zeta")(Element(Tensor("a"))))
    with pytest.raises(NotSupportedError, match="zeta"):
        gradient(model.with_equations([odd]), ["a"])


@pytest.mark.parametrize("depth", [10, 40])
def test_the_equations_of_a_gradient_grow_linearly_with_depth(depth):
    gradients = all_gradients(sigmoid_layers(depth))
    # One adjoint for each layer but the last, and one for each of the two inputs.
    assert len(gradients.adjoints) == depth - 1 + 2
    tally = against_mpmath(sigmoid_layers(depth), gradients, most=2)
    assert tally.worst < 1e-20


@pytest.mark.parametrize("depth", [5, 100])
def test_every_edge_is_listed_once(depth, monkeypatch):
    seen = []

    def counting(*args):
        found = local.edges(*args)
        seen.extend(found)
        return found

    monkeypatch.setattr(accumulate, "edges", counting)
    all_gradients(sigmoid_layers(depth))
    assert len(seen) == 2 * depth  # a layer has its weight and the layer before


def test_a_hundred_layers_have_the_right_gradient():
    model = sigmoid_layers(100)
    gradients = all_gradients(model)
    point = with_cotangent(gradients, next(smooth_points(model, 1, 1)))
    derived = Reference(gradients).at(point, 40)
    for wrt, wanted in dual_gradients(model, gradients, point).items():
        for place, value in wanted.items():
            assert float(derived[wrt][place]) == pytest.approx(value, rel=1e-9)
