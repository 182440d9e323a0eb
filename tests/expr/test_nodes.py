"""Nodes: identity, printing, pickling, assumptions."""

import pickle

import pytest
from sympy import Integer, S, Symbol, log, sqrt

from symderive.expr import (
    TRUE,
    Axis,
    Bound,
    Compare,
    Element,
    Exp,
    Expm1,
    Index,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    NamedReduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    all_of,
    any_of,
    close,
    compare,
)

N, C = Axis("N"), Axis("C")
i, j, l = Index("i", N), Index("j", C), Index("l", C)
s, y, t = Tensor("s", (N, C)), Tensor("y", (N,), label_of=C), Tensor("t")

NODES = {
    "i": i,
    "_2_1": Bound(2, 1, C),
    "C": Size(C),
    "t": t(),
    "y[i]": y[i],
    "s[i, y[i]]": s[i, y[i]],
    "i == y[i]": Compare("==", i, y[i]),
    "j != y[i] and j < l": all_of([compare("!=", j, y[i]), compare("<", j, l)]),
    "[j < l]": Iverson(compare("<", j, l)),
    "[j != y[i] or j < l]": Iverson(any_of([compare("!=", j, y[i]), compare("<", j, l)])),
    "sum[_0_0](s[i, _0_0])": close("sum", [j], s[i, j]),
    "sum[_0_0 if _0_0 != y[i]](s[i, _0_0])": close("sum", [j], s[i, j], compare("!=", j, y[i])),
    "max(0, s[i, j])": MaxOf(0, s[i, j]),
    "min(s[i, j], 1)": MinOf(s[i, j], 1),
    "where(j < l, t, 2)": Where(compare("<", j, l), t(), 2),
    "Exp(t)": Exp(t()),
    "Xlogy(t, s[i, j])": Xlogy(t(), s[i, j]),
}


@pytest.mark.parametrize("text", NODES)
def test_a_node_prints_in_the_notation_of_the_language(text):
    assert str(NODES[text]) == text


@pytest.mark.parametrize("text", NODES)
def test_the_debug_form_is_the_printed_form(text):
    assert repr(NODES[text]) == text


@pytest.mark.parametrize(("node", "text"), [(N, "N"), (s, "s")])
def test_an_axis_and_a_tensor_print_as_their_names(node, text):
    assert (str(node), repr(node), f"{(node,)}") == (text, text, f"({text},)")


@pytest.mark.parametrize("node", [*NODES.values(), N, s], ids=str)
def test_a_node_survives_pickling(node):
    assert pickle.loads(pickle.dumps(node)) == node  # noqa: S301 - our own bytes


@pytest.mark.parametrize("node", [*NODES.values(), N, s], ids=str)
def test_equal_nodes_hash_alike(node):
    twin = pickle.loads(pickle.dumps(node))  # noqa: S301 - our own bytes
    assert hash(twin) == hash(node)


def test_nested_conditions_print_with_parentheses():
    cond = all_of([compare("<", j, l), any_of([compare("<", t(), S.One), compare("==", j, l)])])
    assert str(cond).count("(") == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Index("i", N), Index("i", C)),
        (Index("i", N), Index("j", N)),
        (Bound(0, 0, C), Bound(0, 0, N)),
        (Bound(0, 0, C), Bound(0, 1, C)),
        (Size(N), Size(C)),
        (Tensor("y", (N,)), Tensor("y", (N,), label_of=C)),
        (Tensor("x", (N, C)), Tensor("x", (C, N))),
        (Index("C", C), Size(C)),
        (t(), Symbol("t")),
        (MaxOf(0, t()), MaxOf(t(), 0)),
        (close("sum", [j], s[i, j]), close("max", [j], s[i, j])),
        (compare("<", j, l), compare(">", j, l)),
    ],
    ids=str,
)
def test_different_nodes_are_unequal(one, other):
    assert one != other


@pytest.mark.parametrize("positive", [Exp, Sigmoid, Softplus])
def test_positive_functions_say_so(positive):
    assert positive(t()).is_positive


@pytest.mark.parametrize(
    "node",
    [
        t(),
        Log2(t()),
        Expm1(t()),
        Log1p(t()),
        Xlogy(t(), t()),
        Xdivy(t(), t()),
        MaxOf(t(), 0),
        Where(compare("<", j, l), t(), 2),
        close("sum", [j], s[i, j]),
        Iverson(compare("<", j, l)),
    ],
    ids=str,
)
def test_every_value_is_extended_real(node):
    assert node.is_extended_real


def test_exponentials_stay_as_written():
    assert str(Exp(t()) * Exp(s[i, j])) == "Exp(t)*Exp(s[i, j])"


def test_the_exponential_of_zero_is_one():
    assert Exp(S.Zero) == 1


def test_the_arguments_of_a_maximum_keep_their_order():
    assert MaxOf(t(), 0).args == (t(), Integer(0))


def test_a_label_is_an_integer_on_its_axis():
    assert y[i].is_integer
    assert y[i].axis == C


def test_a_real_element_is_on_no_axis():
    assert s[i, j].axis is None
    assert s[i, j].is_integer is None
    assert s[i, j].is_finite


def test_an_arg_max_points_into_the_axis_of_its_index():
    where = close("argmax", [j], s[i, j])
    assert where.axis == C
    assert where.is_integer


def test_a_maximum_points_nowhere():
    node = close("max", [j], s[i, j])
    assert node.axis is None
    assert node.is_integer is None


def test_a_size_is_a_positive_integer():
    assert Size(N).is_positive
    assert Size(N).is_integer


def test_a_square_root_of_a_size_squared_is_the_size():
    assert sqrt(Size(N) ** 2) == Size(N)


def test_slots_may_be_given_as_a_tuple():
    assert s[(i, j)] == s[i, j] == Element(s, i, j)


def test_parts_of_a_reduction_have_names():
    node = NamedReduce("sum", [j], TRUE, s[i, j])
    assert (node.kind, node.bound, node.cond, node.body) == ("sum", (j,), TRUE, s[i, j])


def test_parts_of_an_element_have_names():
    assert (s[i, j].tensor, s[i, j].slots) == (s, (i, j))


def test_parts_of_a_comparison_have_names():
    cond = compare("<", j, l)
    assert (cond.op, cond.lhs, cond.rhs) == ("<", j, l)


def test_the_condition_of_a_where_has_a_name():
    assert Where(compare("<", j, l), 0, 1).cond == compare("<", j, l)


def test_sympy_evaluates_around_our_nodes():
    assert log(Exp(t())) + 2 * s[i, j] - s[i, j] == s[i, j] + log(Exp(t()))
