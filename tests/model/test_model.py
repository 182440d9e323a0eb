"""What can be asked of a model."""

import pytest
from sympy import S

from symderive.catalog import hinge, softmax_nll
from symderive.errors import InputError
from symderive.expr import Index, Tensor, compare
from symderive.model import (
    Equation,
    GradientModel,
    adjoint_name,
    axes,
    build,
    const,
    data,
    define,
    indices,
    label,
    param,
    total,
)

N, C, D = axes("N C D")
(i,) = indices("i", N)


@pytest.fixture(scope="module")
def model():
    return hinge()


def test_the_output_is_the_last_equation(model):
    assert model.output.name == "loss"


def test_a_declaration_is_found_by_name(model):
    assert model.declaration("x").role == "data"
    assert model.declaration("s") is None


def test_an_equation_is_found_by_name(model):
    assert model.equation("s").indices == (Index("i", N), Index("j", C))
    assert model.equation("x") is None


def test_a_tensor_is_found_by_name(model):
    assert model.tensor("y").label_of == C
    assert model.tensor("e").axes == (N, C)


def test_an_unknown_name_is_an_error(model):
    with pytest.raises(InputError, match="hinge: nothing is called 'z'"):
        model.tensor("z")


def test_inputs_are_listed_before_equations(model):
    assert model.names == ("x", "y", "w", "Delta", "s", "e", "L", "loss")


def test_axes_are_listed_in_order_of_appearance(model):
    assert model.axes == (N, D, C)


def test_labels_are_not_differentiated_by(model):
    assert [declaration.name for declaration in model.real_inputs] == ["x", "w", "Delta"]


def test_parameters_are_differentiated_by_default(model):
    assert model.default_wrt() == ("w",)


def test_data_is_differentiated_by_where_there_is_no_parameter():
    x, c = data("x", N), const("c", 1)
    model = build("m", [x, c], [define(Tensor("t")(), c.tensor() * total(x.tensor[i], i))])
    assert model.default_wrt() == ("x",)


def test_constants_are_differentiated_by_where_there_is_nothing_else():
    c, y = const("c", 1), label("y", N, into=C)
    model = build("m", [c, y], [define(Tensor("t")(), c.tensor())])
    assert model.default_wrt() == ("c",)


def test_dependence_follows_the_equations(model):
    found = model.depends_on(["w"])
    assert [name for name, depends in found.items() if depends] == ["w", "s", "e", "L", "loss"]


def test_dependence_starts_at_an_equation_too(model):
    found = model.depends_on(["e"])
    assert [name for name, depends in found.items() if depends] == ["e", "L", "loss"]


def test_other_equations_keep_the_rest(model):
    shorter = model.with_equations(model.equations[:1], title="scores")
    assert (shorter.output.name, shorter.title, shorter.sample) == ("s", "scores", model.sample)


def test_a_model_prints_its_equations():
    assert str(softmax_nll()).splitlines()[2] == "L[i] = -log(p[i, y[i]])"


def test_an_equation_prints_its_guard():
    u = Tensor("u", (N,))
    x = data("x", N).tensor
    equation = Equation(u, (i,), x[i], compare(">", x[i], S.Zero))
    assert str(equation) == "u[i] = x[i] where x[i] > 0"


def test_the_name_of_an_adjoint_is_no_user_s_name():
    assert not adjoint_name("w").isascii()


def test_a_gradient_model_lists_forward_equations_first(model):
    cotangent = Tensor(adjoint_name("loss"))
    adjoint = Equation(Tensor(adjoint_name("L"), (N,)), (i,), cotangent())
    gradient = GradientModel(model, cotangent, (adjoint,), (("L", adjoint.name),))
    assert gradient.equations == (*model.equations, adjoint)


def test_parameters_may_be_scalars():
    assert param("b").tensor.axes == ()
