"""What a text of the language means: numbers, precedence, letters and their axes, conditions."""

from __future__ import annotations

import pytest
from sympy import Abs, Integer, Rational, S, log, oo, pi, sqrt, tanh

from symderive.catalog import hinge
from symderive.expr import (
    AllOf,
    Axis,
    Compare,
    Element,
    Exp,
    Index,
    Iverson,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Softplus,
    Tensor,
    Where,
    Xlogy,
    all_of,
    any_of,
    close,
    elements,
)
from symderive.model import REALS, Declaration, Domain, Model
from symderive.notation.sym import read_condition, read_expression, read_model

N, C, D = Axis("N"), Axis("C"), Axis("D")
i, j, l, k = Index("i", N), Index("j", C), Index("l", C), Index("k", D)
x, y, w, a, b = (
    Tensor("x", (N, D)),
    Tensor("y", (N,), C),
    Tensor("w", (C, D)),
    Tensor("a"),
    Tensor("b"),
)
GIVEN = """
data  x[N, D]
label y[N] in C
param w[C, D]
param a
param b
"""


def model(text: str) -> Model:
    return read_model(GIVEN + text, "test")


def rhs(text: str):
    """The right side of the last equation of a model."""
    return model(text).output.rhs


SCALARS = {
    "0.5": Rational(1, 2),
    "0.10": Rational(1, 10),
    "1e-5": Rational(1, 100000),
    "2.5E+1": Integer(25),
    "007": Integer(7),
    "-2**2": Integer(-4),
    "2**3**2": Integer(512),
    "2**-1": Rational(1, 2),
    "1 - 2 - 3": Integer(-4),
    "8 / 4 / 2": Integer(1),
    "1/3 + 1/6": Rational(1, 2),
    "--3": Integer(3),
    "sqrt(8)": 2 * sqrt(2),
    "9**999": Integer(9) ** 999,
    "2*pi": 2 * pi,
    "-oo": -oo,
    "-a**2": -(a() ** 2),
    "a**-b": a() ** -b(),
    "a**b**2": a() ** (b() ** 2),
    "a / b / 2": a() / b() / 2,
    "a - (b - 1)": a() - b() + 1,
    "+a * -b": -a() * b(),
    "((a))": a(),
    "exp(a) * exp(b)": Exp(a()) * Exp(b()),
    "abs(-a)": Abs(a()),
    "log2(a)": Log2(a()),
    "sigmoid(a) + softplus(b)": Sigmoid(a()) + Softplus(b()),
    "tanh(a)": tanh(a()),
    "relu(a)": MaxOf(0, a()),
    "max(b, 0, a)": MaxOf(b(), 0, a()),
    "min(b, a)": MinOf(b(), a()),
    "a * log(b)": Xlogy(a(), b()),
    "2 * log(b)": 2 * log(b()),
    "where(a > 0, a, -b)": Where(Compare(">", a(), S.Zero), a(), -b()),
    "[a >= 1]": Iverson(Compare(">=", a(), S.One)),
    "[not a >= 1]": Iverson(Compare("<", a(), S.One)),
    "[not (a < 0 or b < 0)]": Iverson(
        all_of([Compare(">=", a(), S.Zero), Compare(">=", b(), S.Zero)])
    ),
    "[a < 0 or a > 1 and b < 0]": Iverson(
        any_of(
            [
                Compare("<", a(), S.Zero),
                all_of([Compare(">", a(), S.One), Compare("<", b(), S.Zero)]),
            ]
        )
    ),
}


@pytest.mark.parametrize("text", SCALARS)
def test_a_scalar_expression_is_what_python_would_read_with_exact_numbers(text):
    assert rhs(f"out = {text}") == SCALARS[text]


REDUCTIONS = {
    "L[i] = sum[k](x[i, k])": close("sum", [k], x[i, k]),
    "L[i] = prod[k](x[i, k])": close("prod", [k], x[i, k]),
    "L[k] = max[i](x[i, k])": close("max", [i], x[i, k]),
    "L[i] = sum[k](w[y[i], k])": close("sum", [k], w[y[i], k]),
    "L[k] = sum[j](w[j, k])": close("sum", [j], w[j, k]),
    "L = sum[j, k](w[j, k])": close("sum", [j, k], w[j, k]),
}


@pytest.mark.parametrize("text", REDUCTIONS)
def test_reductions(text):
    assert rhs(text) == REDUCTIONS[text]


@pytest.mark.parametrize(
    "text",
    [
        "L[i, k] = sum[j != y[i]](w[j, k])",
        "L[i, k] = sum[j if j != y[i]](w[j, k])",
        "L[i, k] = sum[j if y[i] != j](w[j, k])",
        "L[i, k] = sum[l if not (l == y[i])](w[l, k])",
    ],
)
def test_a_condition_has_a_short_form_and_letters_do_not_matter(text):
    assert rhs(text) == close("sum", [j], w[j, k], Compare("!=", j, y[i]))


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "=="])
def test_positions_are_compared_with_positions(op):
    text = f"L[i, k] = sum[j {op} y[i]](w[j, k])"
    assert rhs(text) == close("sum", [j], w[j, k], Compare(op, j, y[i]))


def test_the_mean_is_over_the_terms_that_remain():
    cond = Compare("!=", j, y[i])
    total, count = close("sum", [j], w[j, k], cond), close("sum", [j], S.One, cond)
    assert rhs("L[i, k] = mean[j != y[i]](w[j, k])") == total / count


def test_a_letter_takes_its_axis_from_use_at_each_binding():
    found = model("u[k] = sum[n](x[n, k])\nv[n] = sum[k](w[n, k])")
    assert [e.tensor.axes for e in found.equations] == [(D,), (C,)]


def test_a_letter_can_run_over_several_axes_in_one_model_but_not_where_it_is_bound():
    found = rhs("L = sum[i, k](x[i, k]) * sum[i, k](w[i, k])")
    assert {e.tensor.name for e in elements(found)} == {"x", "w"}


def test_letters_that_are_compared_share_their_axis():
    found = rhs("L = sum[m, n if m < n](sum[k](x[m, k]))")
    assert {index.axis for index in found.bound} == {N}


def test_axes_are_told_through_chains_of_comparisons():
    found = model("L[n] = sum[m, r if n < m and m < r](sum[k](x[r, k]))")
    assert found.output.tensor.axes == (N,)


def test_an_index_line_fixes_an_axis_wherever_it_stands():
    found = model("L = sum[q](a)\nindex q: C; i, n: N")
    assert found.output.rhs.bound[0].axis == C
    assert found.notation.letters == (Index("q", C), Index("i", N), Index("n", N))


def test_an_axis_is_a_number_in_expressions():
    found = rhs("L = sum[i, k](x[i, k]) / N / D")
    assert found == rhs("L = mean[i, k](x[i, k])")


def test_gathers_nest():
    found = read_model(
        "data s[N, V]\nlabel y[N] in C\nlabel up[C] in V\nL[i] = s[i, up[y[i]]]", "nested"
    )
    assert str(found.output.rhs) == "s[i, up[y[i]]]"


def test_scalar_labels_stand_in_slots():
    assert str(read_model("param s[C]\nlabel c in C\nL = s[c]", "scalar").output.rhs) == "s[c]"


def test_an_arg_max_defines_a_label():
    found = model("v[k] = argmax[j](w[j, k])\nL[k] = w[v[k], k]")
    (label, gather) = found.equations
    assert label.tensor.label_of == C
    assert label.rhs == close("argmax", [j], w[j, k])
    assert gather.rhs == Element(w, label.tensor[k], k)


def test_a_diagonal_is_an_index_twice():
    found = read_model("param A[D, D]\nL = sum[k](A[k, k])", "trace").output.rhs
    A = Tensor("A", (D, D))
    assert found == close("sum", [k], A[k, k])


def test_max_and_min_keep_the_order_of_their_arguments():
    assert rhs("L = max(a, b)") != rhs("L = max(b, a)")


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("data z[N] in (0, 1)", Domain(S.Zero, S.One)),
        ("data z[N] in [0, 1)", Domain(S.Zero, S.One, low_closed=True)),
        ("data z[N] in (-oo, 1/2]", Domain(-oo, Rational(1, 2), high_closed=True)),
        ("data z[N] in {-1, 1}", Domain(values=(S.NegativeOne, S.One))),
        ("data z[N] in simplex", Domain(simplex=True)),
        ("param z[N] in [sqrt(2), pi]", Domain(sqrt(2), pi, True, True)),
        ("data z[N]", REALS),
    ],
)
def test_domains(text, domain):
    (found,) = read_model(f"{text}\nL = sum[i](z[i])", "domains").declarations
    assert found.domain == domain


@pytest.mark.parametrize("text", ["const c = 0.5 in (0, oo)", "const c in (0, oo) = 1/2"])
def test_consts_have_a_default_and_may_have_a_domain(text):
    (found,) = read_model(f"{text}\nL = c", "const").declarations
    assert found == Declaration(Tensor("c"), "const", Rational(1, 2), Domain(S.Zero, oo))


def test_how_it_is_printed_is_kept():
    found = model("sample i: N\nL[i] = sum[k](x[i, k])\nhide i on L, x\nname L \\ell  # so")
    assert found.sample == i
    assert found.notation.hidden == {("i", "L"), ("i", "x")}
    assert found.notation.latex == {"L": r"\ell"}


def test_the_same_model_is_written_in_python_and_in_text():
    text = """
    data x[N, D]
    label y[N] in C
    param w[C, D]
    const Delta = 1
    s[i, j] = sum[k](w[j, k] * x[i, k])
    e[i, j] = max(0, s[i, j] - s[i, y[i]] + Delta)
    L[i] = sum[j != y[i]](e[i, j])
    loss = mean[i](L[i])
    """
    found = read_model(text, "hinge")
    assert found.declarations == hinge().declarations
    assert found.equations == hinge().equations


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "  # é, \u221e\n"),
        lambda text: text.replace("\n", "\n\n   \t\n"),
        lambda text: text.replace(" ", "\t"),
        lambda text: text.replace("(", "(\n"),
        lambda text: text.replace(", ", " # on\n , "),
        lambda text: text.rstrip(),
    ],
)
def test_blanks_comments_line_ends_and_byte_order_marks_mean_nothing(change):
    text = "data x[N, D]\nparam w\nL[i] = sum[k](x[i, k] * w)\nloss = mean[i](L[i])\n"
    changed = read_model(change(text), "line")
    assert changed.equations == read_model(text, "line").equations


OWN_NAMES = [
    "lambda", "None", "True", "np", "E", "I", "S", "Q", "O", "grads", "wrt", "dw", "x_", "print",
    "__class__"[2:-2], "import", "class", "self", "beta", "gamma", "zeta", "Abs", "Sum", "Symbol",
    "re", "im", "axis", "float", "frac", "left", "begin", "value", "vjp", "while", "else", "async",
    "nan", "inf", "Function", "Max", "N_", "e", "i2", "eval", "exec", "os", "d", "t1",
]  # fmt: skip


@pytest.mark.parametrize("name", OWN_NAMES)
def test_names_of_others_are_the_users(name):
    as_scalar = read_model(f"param {name}\nout = {name}**2", "names")
    assert as_scalar.output.rhs == Tensor(name)() ** 2
    as_array = read_model(f"param {name}[AXIS]\nout = sum[jj]({name}[jj])", "names")
    assert as_array.names == (name, "out")
    as_letter = read_model(f"param z[AXIS]\nout = sum[{name}](z[{name}])", "names")
    assert as_letter.equations == read_model("param z[AXIS]\nout = sum[q](z[q])", "n").equations
    if name[0].isupper():
        as_axis = read_model(f"param z[{name}]\nout = sum[jj](z[jj]) / {name}", "names")
        assert as_axis.axes == (Axis(name),)


def test_expressions_and_conditions_in_names_of_a_model():
    given = model("s[i, j] = sum[k](w[j, k] * x[i, k])")
    s = given.tensor("s")
    assert read_expression("s[i, y[i]] - s[i, j]", given, [i, j]) == s[i, y[i]] - s[i, j]
    assert read_condition("j != y[i] and s[i, j] > 0", given, [i, j]) == AllOf(
        Compare("!=", j, y[i]), Compare(">", s[i, j], S.Zero)
    )


THIRTY_LINES = """\
data  x[N, D]
label y[N] in C
param w1[H, D]
param b1[H]
param w2[C, H]
param b2[C]
const Delta = 1
const mu = 0.01
index i: N; j, l: C; k: D; h: H
sample i: N
z[i, h] = sum[k](w1[h, k] * x[i, k]) + b1[h]
a[i, h] = tanh(z[i, h])
m[i]    = mean[h](a[i, h])
v[i]    = mean[h]((a[i, h] - m[i])**2)
g[i, h] = (a[i, h] - m[i]) / sqrt(v[i] + 1e-5)
r[i, h] = max(0, g[i, h])
s[i, j] = sum[h](w2[j, h] * r[i, h]) + b2[j]
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
e[i, j] = max(0, s[i, j] - s[i, y[i]] + Delta)
q[i]    = -log(p[i, y[i]])
u[i]    = where(q[i] > 1, q[i], q[i]**2)
H1[i]   = sum[j != y[i]](e[i, j])
R1      = sum[h, k](w1[h, k]**2)
R2      = sum[j, h](abs(w2[j, h]))
F[i]    = (1 - p[i, y[i]])**2 * q[i]
G[i]    = [q[i] > 2] * F[i] + sigmoid(u[i])
L[i]    = H1[i] + u[i] + F[i] + G[i]
hide i on s, e, p
name a \\hat{a}
loss    = mean[i](L[i]) + mu * (R1 + R2)
"""


def test_thirty_lines_are_read():
    assert THIRTY_LINES.count("\n") == 30
    assert len(read_model(THIRTY_LINES, "thirty").equations) == 18
