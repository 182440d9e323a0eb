"""Building a model: what is closed and named on entry, and every error."""

import pytest
from sympy import Float, I, Integer, Rational, S, Symbol, exp, gamma, log, nan, pi, sqrt, zoo

from symderive.errors import InputError, NotSupportedError
from symderive.expr import (
    Axis,
    Exp,
    Index,
    Iverson,
    MaxOf,
    Size,
    Tensor,
    Where,
    Xlogy,
    all_of,
    any_of,
    close,
    compare,
)
from symderive.model import (
    Definition,
    argmax,
    argmin,
    axes,
    bracket,
    build,
    condition,
    const,
    data,
    define,
    indices,
    label,
    largest,
    letters,
    mean,
    param,
    product,
    smallest,
    total,
)

N, C, D = axes("N C D")
(i, n), (j, l), (k,) = indices("i n", N), indices("j l", C), indices("k", D)
x, y, w, b, a = (
    data("x", N, D),
    label("y", N, into=C),
    param("w", C, D),
    param("b"),
    const("a", Rational(1, 2)),
)
X, Y, W, B, A = (d.tensor for d in (x, y, w, b, a))
s, t, v = Tensor("s", (N, C)), Tensor("t"), Tensor("v", (N,), C)


def built(left, right, *before, **options):
    return build("m", [x, y, w, b, a], [*before, define(left, right)], **options)


def rhs(left, right):
    return built(left, right).output.rhs


# What happens on entry


def test_a_sum_is_closed():
    assert rhs(t(), total(X[i, k], i, k)) == close("sum", [i, k], X[i, k])


def test_a_mean_is_a_sum_over_the_size():
    assert rhs(t(), mean(X[i, k], i, k)) == close("sum", [i, k], X[i, k]) / Size(N) / Size(D)


def test_a_mean_with_a_condition_is_over_the_terms_that_remain():
    cond = compare("!=", j, Y[i])
    terms, count = close("sum", [j], W[j, k], cond), close("sum", [j], S.One, cond)
    left = Tensor("q", (N, D))[i, k]
    assert rhs(left, mean(W[j, k], j, where=cond)) == terms / count


@pytest.mark.parametrize(("written", "kind"), [(largest, "max"), (smallest, "min")])
def test_a_maximum_over_two_indices_is_one_of_maxima(written, kind):
    cond = compare("<", i, n)
    expected = close(kind, [i], close(kind, [n], B() * X[i, k] * X[n, k], compare(">", n, i)))
    assert rhs(Tensor("q", (D,))[k], written(B() * X[i, k] * X[n, k], i, n, where=cond)) == expected


def test_a_product_is_closed():
    assert rhs(t(), product(B(), i)) == close("prod", [i], B())


@pytest.mark.parametrize(("written", "kind"), [(argmax, "argmax"), (argmin, "argmin")])
def test_an_arg_max_defines_a_label(written, kind):
    score = W[j, k] * X[i, k]
    assert rhs(v[i], written(total(score, k), j)) == close(kind, [j], close("sum", [k], score))


def test_decimals_become_exact():
    assert rhs(t(), Float("0.1") * B()) == B() / 10


def test_the_exponential_of_sympy_becomes_ours():
    assert rhs(t(), exp(B())) == Exp(B())


def test_a_factor_of_a_logarithm_makes_it_x_log_y():
    assert rhs(t(), 2 * B() * log(A())) == 2 * Xlogy(B(), A())


@pytest.mark.parametrize(
    "factor", [Integer(2), -1, pi, Size(N), 1 / Size(N), sqrt(2), bracket(compare("<", B(), S.One))]
)
def test_a_number_or_a_bracket_leaves_the_logarithm_alone(factor):
    assert rhs(t(), factor * log(B())) == factor * log(B())


def test_a_bracket_stands_before_x_log_y():
    cond = bracket(compare("<", B(), S.One))
    a_ = A()
    assert rhs(t(), cond * a_ * log(B())) == cond * Xlogy(a_, B())


def test_the_logarithm_of_a_number_is_a_number():
    assert rhs(t(), B() * log(2)) == B() * log(2)
    assert rhs(t(), B() * log(2) * log(A())) == log(2) * Xlogy(B(), A())


def test_two_logarithms_are_left_alone():
    expr = B() * log(B()) * log(A())
    assert rhs(t(), expr) == expr


def test_the_letters_of_a_reduction_are_kept_for_print():
    model = built(t(), mean(total(X[i, k], k), i))
    assert set(model.notation.binders.values()) == {("i",), ("k",)}


def test_letters_are_listed_in_order_of_preference_then_of_appearance():
    model = built(s[i, j], total(W[j, k] * X[i, k], k), letters=[l, j])
    assert model.notation.letters == (l, j, i, k)


def test_hidden_indices_are_kept_by_name():
    model = built(s[i, j], W[j, k] * 0 + B(), hide={i: ["s"]})
    assert model.notation.hidden == {("i", "s")}


def test_groups_of_letters_are_joined():
    assert letters([(i, n), (k,)]) == (i, n, k)


def test_a_model_takes_its_texts():
    model = built(t(), B(), title="T", kind="activations", source="S", latex={"b": r"\beta"})
    assert (model.title, model.kind, model.source) == ("T", "activations", "S")
    assert model.notation.latex == {"b": r"\beta"}


def test_conditions_of_every_form_are_accepted():
    cond = all_of([compare("!=", j, l), any_of([compare("<", i, n), compare(">", B(), S.Zero)])])
    right = total(Where(cond, B(), 0) + Iverson(cond), j, l, i, n, where=S.true)
    assert built(t(), right).output.name == "t"


def test_a_diagonal_is_accepted():
    square = data("A", N, N)
    model = build("m", [square], [define(t(), total(square.tensor[i, i], i))])
    assert str(model) == "t = sum[_0_0](A[_0_0, _0_0])"


def test_a_label_in_the_slot_of_a_label_is_accepted():
    after, q = label("next", C, into=C), Tensor("q", (N, D))
    model = build("m", [y, w, after], [define(q[i, k], W[after.tensor[Y[i]], k])])
    assert str(model) == "q[i, k] = w[next[y[i]], k]"


# What is wrong: the left side, the right side, and the message
ERRORS = {
    "free on the right": (t(), X[i, k], "index i is free on the right but not on the left"),
    "indices at this place": (
        Tensor("q", (N,))[i],
        X[i, k],
        r"index k .* \(indices at this place: i\)",
    ),
    "no indices at this place": (t(), X[i, k], r"indices at this place: none"),
    "before it is defined": (t(), Tensor("wc")(), "wc is used before it is defined"),
    "nearest": (t(), Tensor("ww")(), r"did you mean w\?"),
    "own definition": (t(), t() + 1, "t is used in its own definition"),
    "twice on the left": (Tensor("q", (N, N))[i, i], B(), "index i stands twice on the left"),
    "letters on the left": (v[Y[i]], B(), r"takes index letters, not y\[i\]"),
    "too few indices": (t(), total(X[i], i), r"x\[i\] has 1 indices; x has 2 axes \[N, D\]"),
    "too few on the left": (s[i], B(), "has 1 indices; s has 2 axes"),
    "wrong axis": (t(), total(X[j, k], j, k), r"j runs over C, but this slot over N"),
    "wrong label": (t(), total(X[Y[i], k], i, k), r"y\[i\] runs over C, but this slot over N"),
    "real slot": (t(), total(W[B(), k], k), "b is real; a label of C was expected"),
    "number slot": (t(), total(W[3, k], k), "3 is not an index; an index or a label was expected"),
    "shifted slot": (t(), total(W[j + 1, k], j, k), r"j \+ 1 is not an index"),
    "index as number": (t(), total(j * B(), j), "index j is used as a number in "),
    "label as number": (Tensor("q", (N,))[i], Y[i] + 1, r"y\[i\] is a label of C, where a real"),
    "bare index": (Tensor("q", (N,))[i], i, "the right side is a position on axis N, the left"),
    "bound twice": (
        Tensor("q", (N,))[i],
        total(X[i, k], i, k),
        "index i is bound already",
    ),
    "bound twice in one": (t(), total(B(), i, i), "index i is bound already"),
    "two axes": (
        t(),
        total(total(X[i, k], i, k) * B(), Index("k", C)),
        "index k runs over C and over D",
    ),
    "index named as tensor": (t(), total(B(), Index("b", N)), "b is a tensor; a name has one"),
    "other axes": (t(), total(Tensor("b", (N,))[i], i), "b was declared with other axes"),
    "compares": (
        t(),
        bracket(condition(B(), "<", S.One)) + total(bracket(condition(i, "==", j)), i, j),
        r"i == j compares a position on axis N with a position on axis C",
    ),
    "compares with a real": (
        t(),
        total(bracket(condition(i, "==", B())), i),
        r"compares a position on axis N with a real",
    ),
    "no condition": (t(), Iverson(B()), "b is not a condition; a comparison was expected"),
    "arg max of a real": (t(), argmax(X[i, k], i), "index k is free"),
    "label on the left": (t(), argmax(B(), j), "the right side is a position on axis C, the left"),
    "real on the right": (v[i], B(), "the right side is a real, the left side a position on axis"),
    "wrong arg max": (
        v[i],
        argmax(B(), n),
        "the right side is a position on axis N, the left side a position on axis C",
    ),
    "runs over": (
        t(),
        total(B(), Y[i]),
        r"sum runs over indices, not over y\[i\]",
    ),
    "not a number": (t(), nan + 0, "nan is not a real number"),
    "complex infinity": (t(), zoo + 0, "zoo is not a real number"),
    "imaginary": (t(), I * B(), "I is not a real number"),
    "label in a branch": (
        Tensor("q", (N,))[i],
        Where(compare("<", B(), S.One), Y[i], 0),
        "is a label of C, where a real is needed",
    ),
    "label in a maximum": (Tensor("q", (N,))[i], MaxOf(Y[i], 0), "is a label of C"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_wrong_input_is_an_error_that_says_what(case):
    left, right, message = ERRORS[case]
    with pytest.raises(InputError, match=message):
        built(left, right)


@pytest.mark.parametrize("right", [gamma(B()), Symbol("z")], ids=str)
def test_what_is_not_of_the_language_is_named(right):
    with pytest.raises(NotSupportedError, match="is not an expression of the language"):
        built(t(), right)


def test_an_error_names_the_model_and_the_equation():
    with pytest.raises(InputError, match=r"^m: equation for t: "):
        built(t(), X[i, k])


def test_a_model_needs_an_equation():
    with pytest.raises(InputError, match="at least one equation"):
        build("m", [x], [])


def test_a_name_is_declared_once():
    with pytest.raises(InputError, match="b is defined already"):
        build("m", [b, param("b")], [define(t(), B())])


def test_a_name_is_defined_once():
    with pytest.raises(InputError, match="t is defined already"):
        built(t(), B(), define(t(), B() + 1))


def test_a_declared_name_is_not_defined():
    with pytest.raises(InputError, match="equation for b: b is defined already"):
        built(B(), S.One)


def test_a_tensor_is_not_called_as_an_axis():
    with pytest.raises(InputError, match="N is an axis; a name has one meaning"):
        build("m", [x, param("N")], [define(t(), S.One)])


def test_an_index_is_not_called_as_an_axis():
    bad = Index("N", C)
    definitions = [define(Tensor("q", (C, D))[bad, k], W[bad, k]), define(t(), S.One)]
    with pytest.raises(InputError, match="N is an axis; a name has one meaning"):
        build("m", [w, x], definitions)


def test_a_tensor_is_not_called_as_an_index():
    with pytest.raises(InputError, match="i is an index; a name has one meaning"):
        built(Tensor("i")(), S.One, define(Tensor("q", (N,))[i], B()))


def test_only_what_exists_is_hidden():
    with pytest.raises(InputError, match="hide i on q: no tensor is called 'q'"):
        built(t(), B(), hide={i: ["q"]})


@pytest.mark.parametrize("written", [total, mean, product, largest, smallest])
def test_a_reduction_needs_an_index(written):
    with pytest.raises(InputError, match="needs at least one index to run over"):
        written(B())


def test_a_definition_holds_sympy_numbers():
    assert define(t(), 1) == Definition(t(), S.One)


def test_a_model_may_be_built_over_an_axis_that_no_declaration_has():
    H = Axis("H")
    (h,) = indices("h", H)
    assert built(t(), total(B(), h)).axes == (N, D, C, H)
