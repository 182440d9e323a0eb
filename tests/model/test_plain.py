"""Plain SymPy in both directions: models mean the same, and expressions come back."""

import random

import pytest
import sympy as sp

from symderive.catalog import hinge, softmax_nll
from symderive.errors import InputError, NotSupportedError
from symderive.expr import (
    TRUE,
    AllOf,
    Axis,
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
    negate,
)
from symderive.model import Domain, Equation, build, define, total
from symderive.model import data as declare_data
from symderive.model.evaluate import Evaluator, Point
from symderive.model.plain import equations_to_sympy, from_sympy, model_from_sympy, to_sympy
from symderive.model.points import points

N, C, D = (sp.Symbol(name, integer=True, positive=True) for name in "NCD")
i, j, l, k = sp.Idx("i", N), sp.Idx("j", C), sp.Idx("l", C), sp.Idx("k", D)
x, w, s, p, e, y, L = (sp.IndexedBase(name) for name in "xwspeyL")
loss, Delta, a, b = sp.symbols("loss Delta a b")


def seeded(seed=0):
    return random.Random(seed)  # noqa: S311 - points, not secrets


SCORES = sp.Eq(s[i, j], sp.Sum(w[j, k] * x[i, k], k))
MEAN = sp.Eq(loss, sp.Sum(L[i], i) / N)


def softmax_from_sympy():
    return model_from_sympy(
        "softmax_nll",
        [
            SCORES,
            sp.Eq(p[i, j], sp.exp(s[i, j]) / sp.Sum(sp.exp(s[i, l]), l)),
            sp.Eq(L[i], -sp.log(p[i, y[i]])),
            MEAN,
        ],
        data=[x],
        params=[w],
        labels={y: C},
        sample=i,
    )


def hinge_from_sympy():
    return model_from_sympy(
        "hinge",
        [
            SCORES,
            sp.Eq(e[i, j], sp.Max(0, s[i, j] - s[i, y[i]] + Delta)),
            sp.Eq(L[i], sp.Sum(sp.Piecewise((e[i, j], sp.Ne(j, y[i])), (0, True)), j)),
            MEAN,
        ],
        data=[x],
        params=[w],
        labels={y: C},
        consts={Delta: 1},
        sample=i,
    )


MODELS = [(softmax_from_sympy, softmax_nll), (hinge_from_sympy, hinge)]


@pytest.mark.parametrize(("converted", "written"), MODELS)
def test_a_model_of_plain_sympy_is_the_catalog_s(converted, written):
    assert converted().equations == written().equations
    assert converted().declarations == written().declarations
    assert converted().sample == written().sample


@pytest.mark.parametrize("model", [softmax_nll, hinge])
def test_a_model_goes_to_plain_sympy_and_back(model):
    model = model()
    labels = {sp.IndexedBase("y", integer=True): C}
    back = model_from_sympy(
        model.name,
        equations_to_sympy(model),
        data=[sp.IndexedBase("x", real=True)],
        params=[sp.IndexedBase("w", real=True)],
        labels=labels,
        consts={Delta: 1} if model.name == "hinge" else {},
    )
    assert back.equations == model.equations


def evaluated(plain, equation, point, evaluator):
    """A right side, at the first positions, by SymPy's own substitution and summation."""
    sizes = {
        sp.Symbol(axis.name, integer=True, positive=True): size
        for axis, size in point.sizes.items()
    }
    plain = plain.subs({to_sympy(letter): 0 for letter in equation.indices}).subs(sizes).doit()
    while plain.atoms(sp.Indexed):  # labels first, then what they point to
        known = {
            element: evaluator.value(str(element.base), tuple(map(int, element.indices)))
            for element in plain.atoms(sp.Indexed)
            if all(slot.is_Integer for slot in element.indices)
        }
        plain = plain.subs(known)
    return float(plain.subs({sp.Symbol("Delta", real=True): evaluator.value("Delta")}))


@pytest.mark.parametrize("model", [softmax_nll, hinge])
def test_plain_sympy_evaluates_to_the_same(model):
    model = model()
    for found_point in list(points(model, seeded()))[::5]:
        point = Point(found_point.sizes, {"Delta": {(): 1}, **found_point.inputs})
        evaluator = Evaluator(model.equations, point)
        for equation in model.equations:
            found = evaluated(to_sympy(equation.rhs), equation, point, evaluator)
            expected = evaluator.evaluate(equation.rhs, dict.fromkeys(equation.indices, 0))
            assert found == pytest.approx(expected, abs=1e-12)


# Reading


def read(right, left=loss, **options):
    labels = {sp.IndexedBase("y", shape=(N,)): C}
    options = {"data": [x], "params": [w, b], "labels": labels} | options
    return model_from_sympy("m", [SCORES, sp.Eq(left, right)], **options).output.rhs


K = {axis: Axis(axis) for axis in "NCD"}
S_, X_, W_, Y_ = (
    Tensor("s", (K["N"], K["C"])),
    Tensor("x", (K["N"], K["D"])),
    Tensor("w", (K["C"], K["D"])),
    Tensor("y", (K["N"],), K["C"]),
)
I_, J_, L_, K_ = Index("i", K["N"]), Index("j", K["C"]), Index("l", K["C"]), Index("k", K["D"])
B_ = Tensor("b")

q = sp.IndexedBase("q")
m = sp.Symbol("m", integer=True)

READINGS = {
    "sum from 0": (sp.Sum(s[i, m], (m, 0, C - 1)), q[i], close("sum", [J_], S_[I_, J_])),
    "sum from 1": (sp.Sum(s[i, m], (m, 1, C)), q[i], close("sum", [J_], S_[I_, J_])),
    "several ranges": (
        sp.Sum(s[i, j], (j, 0, C - 1), (i, 0, N - 1)),
        loss,
        close("sum", [I_, J_], S_[I_, J_]),
    ),
    "product": (sp.Product(s[i, j], j), q[i], close("prod", [J_], S_[I_, J_])),
    "piecewise as condition": (
        sp.Sum(sp.Piecewise((s[i, j] ** 2, sp.Ne(j, y[i])), (0, True)), j),
        q[i],
        close("sum", [J_], S_[I_, J_] ** 2, compare("!=", J_, Y_[I_])),
    ),
    "condition in a product": (
        sp.Product(sp.Piecewise((s[i, j], sp.Ne(j, y[i])), (1, True)), j),
        q[i],
        close("prod", [J_], S_[I_, J_], compare("!=", J_, Y_[I_])),
    ),
    "delta as condition": (
        sp.Sum(sp.KroneckerDelta(j, y[i]) * s[i, j], j),
        q[i],
        close("sum", [J_], S_[I_, J_], compare("==", J_, Y_[I_])),
    ),
    "one minus delta": (
        sp.Sum((1 - sp.KroneckerDelta(j, y[i])) * s[i, j], j),
        q[i],
        close("sum", [J_], S_[I_, J_], compare("!=", J_, Y_[I_])),
    ),
    "two conditions": (
        sp.Sum(
            sp.Piecewise((sp.KroneckerDelta(j, l) * s[i, j], sp.Ne(j, y[i])), (0, True)),
            j,
        ),
        q[i, l],
        close("sum", [J_], S_[I_, J_], all_of([compare("==", J_, L_), compare("!=", J_, Y_[I_])])),
    ),
    "a condition on something else stays": (
        sp.Sum(sp.Piecewise((s[i, j], b > 0), (0, True)), j),
        q[i],
        close("sum", [J_], Where(compare(">", B_(), sp.S.Zero), S_[I_, J_], 0)),
    ),
    "counting": (
        sp.Sum(sp.Piecewise((1, sp.Ne(j, y[i])), (0, True)), j),
        q[i],
        close("sum", [J_], sp.S.One, compare("!=", J_, Y_[I_])),
    ),
    "delta": (sp.KroneckerDelta(j, y[i]) + b, q[i, j], Iverson(compare("==", J_, Y_[I_])) + B_()),
    "indicator": (
        sp.Piecewise((1, sp.Ne(j, y[i])), (0, True)) * b,
        q[i, j],
        Iverson(compare("!=", J_, Y_[I_])) * B_(),
    ),
    "cases": (
        sp.Piecewise((b, b > 1), (b**2, b < -1), (3, True)),
        loss,
        Where(
            compare(">", B_(), sp.S.One), B_(), Where(compare("<", B_(), -sp.S.One), B_() ** 2, 3)
        ),
    ),
    "numbers first": (sp.Max(b, 2 * b, 1), loss, MaxOf(1, B_(), 2 * B_())),
    "minimum": (sp.Min(b, 1), loss, MinOf(1, B_())),
    "and": (
        sp.Piecewise((1, sp.And(b > 0, sp.Ne(j, y[i]))), (0, True)),
        q[i, j],
        Iverson(all_of([compare(">", B_(), sp.S.Zero), compare("!=", J_, Y_[I_])])),
    ),
    "or": (
        sp.Piecewise((1, sp.Or(b >= 1, b <= -1)), (0, True)),
        loss,
        Iverson(any_of([compare(">=", B_(), sp.S.One), compare("<=", B_(), -sp.S.One)])),
    ),
    "not": (
        sp.Piecewise((1, sp.Not(sp.And(b > 0, sp.Eq(j, y[i])))), (0, True)),
        q[i, j],
        Iverson(negate(all_of([compare(">", B_(), sp.S.Zero), compare("==", J_, Y_[I_])]))),
    ),
    "functions": (
        sp.tanh(b) + sp.sin(b) * sp.cos(b) - sp.erf(b) + sp.Abs(b) * sp.sign(b) + sp.exp(-b),
        loss,
        sp.tanh(B_())
        + sp.sin(B_()) * sp.cos(B_())
        - sp.erf(B_())
        + sp.Abs(B_()) * sp.sign(B_())
        + Exp(-B_()),
    ),
    "numbers": (b * sp.Float("0.1") + sp.pi - sp.sqrt(b), loss, B_() / 10 + sp.pi - sp.sqrt(B_())),
    "a log b": (b * sp.log(b), loss, Xlogy(B_(), B_())),
    "size": (b / N, loss, B_() / Size(K["N"])),
    "gather": (s[i, y[i]], q[i], S_[I_, Y_[I_]]),
}


@pytest.mark.parametrize("case", READINGS)
def test_plain_sympy_is_read(case):
    right, left, expected = READINGS[case]
    assert read(right, left) == expected


def test_what_is_written_unevaluated_stays_so():
    power = sp.Pow(9, sp.Pow(9, sp.Pow(9, 9, evaluate=False), evaluate=False), evaluate=False)
    assert read(power + b).has(power)


def test_equations_may_be_pairs():
    assert model_from_sympy("m", [(loss, 2 * b)], params=[b]).output.rhs == 2 * B_()


def test_domains_titles_and_hidden_indices_are_taken():
    model = model_from_sympy(
        "m",
        [SCORES],
        data=[x],
        params=[w],
        domains={x: Domain(low=sp.S.Zero)},
        hide={i: [s]},
        letters=[j],
        title="scores",
        kind="layers",
        source="here",
    )
    assert model.declaration("x").domain == Domain(low=sp.S.Zero)
    assert (model.title, model.kind, model.source) == ("scores", "layers", "here")
    assert model.notation.hidden == {("i", "s")}
    assert model.notation.letters[0] == J_


def test_dummies_of_one_name_are_told_apart():
    one, two = sp.Dummy("k", integer=True), sp.Dummy("k", integer=True)
    right = sp.Sum(x[i, one] * sp.Sum(w[j, two], (two, 0, D - 1)), (one, 0, D - 1))
    inner = close("sum", [K_], W_[J_, K_])
    assert read(right, q[i, j]) == close("sum", [K_], X_[I_, K_] * inner)


def test_a_letter_may_run_over_another_axis_in_another_equation():
    t = sp.Symbol("t", integer=True)
    model = model_from_sympy(
        "m",
        [sp.Eq(a, sp.Sum(x[t, t], (t, 0, N - 1))), sp.Eq(loss, sp.Sum(q[t] * a, (t, 1, C)))],
        data=[x, q],
    )
    assert [index.name for index in model.notation.letters] == ["t", "t_1"]


def test_a_letter_is_not_called_as_a_tensor():
    letter = sp.Symbol("b", integer=True)
    model = model_from_sympy(
        "m", [sp.Eq(a, sp.Sum(q[letter], (letter, 1, C))), sp.Eq(loss, b * a)], data=[q], params=[b]
    )
    assert model.notation.letters[0].name == "b_1"


def test_the_name_of_a_dummy_is_made_a_name():
    letter = sp.Dummy("_1'", integer=True)
    model = model_from_sympy("m", [(a, sp.Sum(q[letter], (letter, 1, C)))], data=[q])
    assert model.notation.letters[0].name == "n"


def test_axes_come_from_shapes():
    r, t = sp.symbols("r t", integer=True)
    A = sp.IndexedBase("A", shape=(N, C))
    model = model_from_sympy("m", [(q[r, t], A[r, t] ** 2)], data=[A])
    assert model.output.tensor.axes == (K["N"], K["C"])


def test_axes_spread_by_use():
    r, t = sp.symbols("r t", integer=True)
    model = model_from_sympy(
        "m",
        [(q[r], sp.Sum(x[r, k], k)), (e[t], q[t] + s[t, y[t]]), (loss, sp.Sum(e[i], i))],
        data=[x, s],
        labels={y: C},
    )
    assert model.tensor("x").axes == (K["N"], K["D"])
    assert model.tensor("s").axes == (K["N"], K["C"])


def test_axes_spread_through_comparisons():
    r = sp.symbols("r", integer=True)
    right = sp.Piecewise((1, sp.Eq(r, y[i])), (0, True)) + e[r]
    model = model_from_sympy("m", [(q[i, r], right)], data=[e], labels={y: C})
    assert model.output.tensor.axes == (K["N"], K["C"])


def test_a_scalar_label_fills_a_slot():
    v = sp.Symbol("v", integer=True)
    model = model_from_sympy("m", [(loss, sp.Sum(s[i, v], i))], data=[s], labels={v: C})
    assert str(model) == "loss = sum[_0_0](s[_0_0, v])"


def test_an_index_without_a_range_gets_it_from_its_sum():
    r = sp.Idx("r")
    assert read(sp.Sum(s[i, r], (r, 0, C - 1)), q[i]) == close("sum", [J_], S_[I_, J_])


ERRORS = {
    "no axis": (
        {"equations": [(q[m], e[m])], "data": [e]},
        "nothing tells the axis of slot 1 of e",
    ),
    "no axis of a letter": (
        {"equations": [(loss, sp.Piecewise((1, sp.Eq(sp.Idx("r"), sp.Idx("t"))), (0, True)))]},
        "nothing tells the axis of index r",
    ),
    "two axes": (
        {"equations": [(loss, sp.Sum(e[j], j) + sp.Sum(e[i], i))], "data": [e]},
        r"runs over C and over N|runs over N and over C",
    ),
    "two axes of a label": (
        {"equations": [(loss, sp.Sum(e[y[i]] + e[i], i))], "data": [e], "labels": {y: C}},
        "runs over C and over N|runs over N and over C",
    ),
    "two ranges": (
        {"equations": [(loss, sp.Sum(e[m], (m, 1, C)) + sp.Sum(q[m], (m, 1, N)))], "data": [e, q]},
        "index m runs over . and over .",
    ),
    "unused": ({"equations": [(loss, b)], "data": [e], "params": [b]}, "declared but not used"),
    "no name": ({"equations": [(loss, b)], "data": [b + 1]}, r"b \+ 1 is not a name"),
    "wrong name": ({"equations": [(loss, sp.Symbol("x hat"))]}, "'x hat' is not a name"),
    "no equation": ({"equations": [b]}, "b is not an equation"),
    "left side": ({"equations": [(N + 1, b)], "params": [b]}, "N \\+ 1 is not a name"),
    "size on the left": (
        {"equations": [(N, sp.Sum(e[i], i))], "data": [e]},
        "N cannot be defined; an element was expected",
    ),
    "undeclared": ({"equations": [(loss, b)]}, "b is used before it is defined"),
    "no otherwise": (
        {"equations": [(loss, sp.Piecewise((b, b > 0)))], "params": [b]},
        "has no value elsewhere; a last case",
    ),
    "letters": (
        {"equations": [(loss, b)], "params": [b], "sample": i},
        "the index i stands in no equation",
    ),
    "shifted": (
        {"equations": [(loss, sp.Sum(e[j + 1] + e[j], j))], "data": [e]},
        r"j \+ 1 is not an index",
    ),
    "literal": ({"equations": [(loss, sp.Sum(e[j], j) + e[3])], "data": [e]}, "3 is not an index"),
    "rank": (
        {"equations": [(loss, sp.Sum(e[j], j) + sp.Sum(e[j, i], i, j))], "data": [e]},
        "indices; e has",
    ),
    "index as number": (
        {"equations": [(loss, sp.Sum(j * e[j], j))], "data": [e]},
        "index j is used as a number",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_wrong_input_is_an_error_that_says_what(case):
    options, message = ERRORS[case]
    with pytest.raises(InputError, match=message):
        model_from_sympy("m", **options)


UNSUPPORTED = {
    "a part of an axis": (sp.Sum(e[m], (m, 0, C - 2)), "C - 1 as the size of an axis"),
    "a number of terms": (sp.Sum(e[m], (m, 1, 3)), "3 as the size of an axis"),
    "from elsewhere": (sp.Sum(e[m], (m, 2, C)), "m from 2 to C; indices run over a whole axis"),
    "function": (sp.gamma(b), "gamma .* is not supported"),
    "step": (sp.Heaviside(b), "Heaviside .* is not supported"),
    "imaginary": (sp.I * b, "ImaginaryUnit .* is not supported"),
    "if-then-else": (
        sp.Piecewise((1, sp.ITE(b > 0, b > 1, b < -1)), (0, True)),
        "is not supported",
    ),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_has_no_counterpart_is_named(case):
    right, message = UNSUPPORTED[case]
    with pytest.raises(NotSupportedError, match=message):
        model_from_sympy("m", [(loss, right)], data=[sp.IndexedBase("e", shape=(C,))], params=[b])


# Single expressions


def test_an_expression_over_a_model_is_read():
    model = softmax_nll()
    right = (p[i, j] - sp.KroneckerDelta(j, y[i])) * x[i, k] / N
    P = model.tensor("p")
    expected = (P[I_, J_] - Iverson(compare("==", J_, Y_[I_]))) * X_[I_, K_] / Size(K["N"])
    assert from_sympy(right, model) == expected


def test_a_condition_over_a_model_is_read():
    assert from_sympy(sp.Ne(j, y[i]), softmax_nll()) == compare("!=", J_, Y_[I_])


def test_an_expression_is_closed():
    found = from_sympy(sp.Sum(p[i, j], j), softmax_nll())
    assert found == close("sum", [J_], softmax_nll().tensor("p")[I_, J_])


# Writing

R, T = sp.Symbol("t", real=True), Tensor("t")
WRITINGS = {
    "scalar": (T(), R),
    "exp": (Exp(T()), sp.exp(R)),
    "expm1": (Expm1(T()), sp.exp(R) - 1),
    "log1p": (Log1p(T()), sp.log(1 + R)),
    "log2": (Log2(T()), sp.log(R) / sp.log(2)),
    "sigmoid": (Sigmoid(T()), 1 / (1 + sp.exp(-R))),
    "softplus": (Softplus(T()), sp.log(1 + sp.exp(R))),
    "xlogy": (Xlogy(T(), Size(K["N"])), R * sp.log(N)),
    "xdivy": (Xdivy(T(), Size(K["N"])), sp.Piecewise((R / N, sp.Ne(R, 0)), (0, True))),
    "max": (MaxOf(T(), 0), sp.Max(0, R)),
    "min": (MinOf(T(), 0), sp.Min(0, R)),
    "bracket": (
        T() * Iverson(compare("<", T(), sp.S.One)),
        R * sp.Piecewise((1, R < 1), (0, True)),
    ),
    "where": (
        Where(compare(">=", T(), sp.S.One), T(), 2),
        sp.Piecewise((R, R >= 1), (2, True)),
    ),
    "and": (
        Iverson(all_of([compare(">", T(), sp.S.Zero), compare("==", J_, L_)])),
        sp.Piecewise((1, sp.And(R > 0, sp.Eq(j, l))), (0, True)),
    ),
    "or": (
        Iverson(any_of([compare(">", T(), sp.S.One), compare("<=", T(), sp.S.Zero)])),
        sp.Piecewise((1, sp.Or(R > 1, R <= 0)), (0, True)),
    ),
    "condition": (compare("!=", J_, L_), sp.Ne(j, l)),
    "index": (J_, j),
    "size": (2 * Size(K["C"]), 2 * C),
    "true": (TRUE, sp.true),
}


@pytest.mark.parametrize("case", WRITINGS)
def test_a_node_has_a_plain_form(case):
    node, expected = WRITINGS[case]
    assert to_sympy(node) == expected


def plain_text(node, **options):
    return str(to_sympy(node, **options))


SUMS = {
    "sum": (close("sum", [J_], S_[I_, J_]), "Sum(s[i, c], (c, 0, C - 1))"),
    "condition": (
        close("sum", [J_], S_[I_, J_], compare("!=", J_, L_)),
        "Sum(Piecewise((s[i, c], Ne(c, l)), (0, True)), (c, 0, C - 1))",
    ),
    "product": (close("prod", [J_], S_[I_, J_]), "Product(s[i, c], (c, 0, C - 1))"),
    "product with a condition": (
        close("prod", [J_], S_[I_, J_], compare("!=", J_, L_)),
        "Product(Piecewise((s[i, c], Ne(c, l)), (1, True)), (c, 0, C - 1))",
    ),
    "log-sum-exp": (
        close("lse", [J_], S_[I_, J_]),
        "log(Sum(exp(s[i, c]), (c, 0, C - 1)))",
    ),
    "log-sum-exp with a condition": (
        close("lse", [J_], S_[I_, J_], compare("!=", J_, L_)),
        "log(Sum(Piecewise((exp(s[i, c]), Ne(c, l)), (0, True)), (c, 0, C - 1)))",
    ),
    "two indices": (
        close("sum", [I_, J_], S_[I_, J_]),
        "Sum(s[n, c], (c, 0, C - 1), (n, 0, N - 1))",
    ),
    "nested": (
        close("sum", [J_], close("sum", [L_], S_[I_, L_] * S_[I_, J_])),
        "Sum(s[i, c]*s[i, c_1], (c_1, 0, C - 1), (c, 0, C - 1))",
    ),
    "gather": (S_[I_, Y_[I_]], "s[i, y[i]]"),
}


@pytest.mark.parametrize("case", SUMS)
def test_a_reduction_has_a_plain_form(case):
    node, expected = SUMS[case]
    assert plain_text(node) == expected


def test_bound_letters_come_from_the_preferred_ones():
    node = close("sum", [J_], close("prod", [L_], S_[I_, L_]) * S_[I_, J_])
    found = plain_text(node, letters=[I_, J_, L_])
    assert found == "Sum(s[i, j]*Product(s[i, l], (l, 0, C - 1)), (j, 0, C - 1))"


def test_bound_letters_avoid_the_names_around_them():
    c = Tensor("c", (K["C"],))
    node = close("sum", [J_], c[J_] * c[Index("c_1", K["C"])])
    assert plain_text(node) == "Sum(c[c_1]*c[c_2], (c_2, 0, C - 1))"


def test_given_objects_are_used():
    xi, size = sp.IndexedBase("s"), sp.Symbol("C", integer=True)
    letter = sp.Idx("j", size)
    node = close("sum", [L_], S_[I_, L_]) * S_[I_, J_] * T()
    t = sp.Symbol("t")
    found = to_sympy(node, letters=[J_, L_], using=[xi, size, letter, t])
    assert {xi, size, letter, t} <= {*found.atoms(sp.IndexedBase, sp.Symbol, sp.Idx)}


def test_a_given_index_lends_its_letter_to_a_bound_one():
    node = close("sum", [J_], S_[I_, J_])
    found = to_sympy(node, letters=[J_], using=[j])
    assert str(found) == "Sum(s[i, j], (j, 0, C - 1))"


def test_a_shared_graph_is_written_in_linear_time():
    node = T()
    for _ in range(100):
        node = MaxOf(node, node)
    assert to_sympy(node) == R


def test_a_guarded_equation_has_no_value_elsewhere():
    q_, z_ = Tensor("q", (K["N"],)), declare_data("z", K["N"])
    equation = Equation(q_, (I_,), sp.log(z_.tensor[I_]), compare(">", z_.tensor[I_], sp.S.Zero))
    out = define(Tensor("t")(), total(z_.tensor[I_], I_))
    model = build("m", [z_], [out]).with_equations([equation])
    assert str(equations_to_sympy(model)[0]) == "Eq(q[i], Piecewise((log(z[i]), z[i] > 0)))"


UNWRITABLE = ["max", "min", "argmax", "argmin"]


@pytest.mark.parametrize("kind", UNWRITABLE)
def test_what_has_no_plain_form_is_named(kind):
    node = close(kind, [J_], S_[I_, J_])
    with pytest.raises(NotSupportedError, match=f"{kind} over an index has no form in plain SymPy"):
        to_sympy(2 * node if kind in ("max", "min") else node)


def test_an_open_reduction_has_no_plain_form():
    with pytest.raises(NotSupportedError, match="mean over an index has no form"):
        to_sympy(NamedReduce("mean", [J_], TRUE, S_[I_, J_]))


def test_conditions_of_three_parts_are_written():
    cond = AllOf(compare("<", I_, Index("n", K["N"])), compare("!=", J_, L_))
    assert to_sympy(cond) == sp.And(sp.Idx("i", N) < sp.Idx("n", N), sp.Ne(j, l))


def test_the_round_trip_keeps_the_value():
    model = hinge()
    node = close(
        "sum",
        [L_],
        Iverson(compare(">", S_[I_, L_], S_[I_, J_])) * MaxOf(0, S_[I_, L_]),
        compare("!=", L_, Y_[I_]),
    )
    back = from_sympy(to_sympy(node), model)
    sizes = {K["N"]: 2, K["C"]: 3}
    scores = {(g, h): (g - 1) * h + 1 - h for g in range(2) for h in range(3)}
    point = Point(sizes, {"s": scores, "y": {(0,): 2, (1,): 0}})
    evaluator = Evaluator([], point)
    for env in ({I_: 0, J_: 0}, {I_: 1, J_: 2}):
        assert evaluator.evaluate(back, env) == evaluator.evaluate(node, env)
