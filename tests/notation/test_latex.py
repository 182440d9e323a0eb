"""Expressions as LaTeX: order, letters, parentheses, hidden indices."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest
from sympy import Abs, Add, Mul, Pow, Rational, S, Symbol, cos, log, oo, pi, sign, sqrt, tanh

from symderive.catalog import hinge, softmax_nll
from symderive.errors import NotSupportedError
from symderive.expr import (
    AllOf,
    AnyOf,
    Compare,
    Exp,
    Expm1,
    Fresh,
    Index,
    Iverson,
    Log1p,
    Log2,
    MaxOf,
    Reduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
    close,
)
from symderive.model import axes, build, const, data, define, indices, label, param
from symderive.notation import Printer
from symderive.notation.sym import read_model

N, C, D, H = axes("N C D H")
(i,), (j, m, l), (k,) = indices("i", N), indices("j m l", C), indices("k", D)
x, y, w = Tensor("x", (N, D)), Tensor("y", (N,), C), Tensor("w", (C, D))
s, p, L, Delta = Tensor("s", (N, C)), Tensor("p", (N, C)), Tensor("L", (N,)), Tensor("Delta")
b, t = Tensor("b", (C,)), Tensor("t")


@pytest.fixture(scope="module")
def model():
    return build(
        "all",
        [
            data("x", N, D),
            label("y", N, into=C),
            param("w", C, D),
            param("b", C),
            param("t"),
            const("Delta", 1),
        ],
        [
            define(s[i, j], b[j] * t()),
            define(p[i, j], Exp(s[i, j])),
            define(L[i], -log(p[i, y[i]])),
        ],
        sample=i,
        letters=[i, j, m, l, k],
        hide={i: ["s", "p"]},
    )


@pytest.fixture(scope="module")
def latex(model):
    return Printer(model).latex


is_label = Compare("==", j, y[i])
margin = s[i, j] - s[i, y[i]] + Delta()

FORMS = {
    # products: numbers, constants, parameters, equations, functions, sums, data
    "w_{jk} x_{ik}": x[i, k] * w[j, k],
    "2 w_{jk} x_{ik}": 2 * x[i, k] * w[j, k],
    r"2 \Delta w_{jk}": w[j, k] * Delta() * 2,
    "p_j (1 - p_j)": p[i, j] * (1 - p[i, j]),
    "-p_{y_i} p_j": -p[i, j] * p[i, y[i]],
    "(p_j - 1)\\,x_{ik}": (p[i, j] - 1) * x[i, k],
    r"\bigl(p_j - \mathbb{I}(j = y_i)\bigr)\,x_{ik}": (p[i, j] - Iverson(is_label)) * x[i, k],
    r"\mathbb{I}(j = m)\,p_m": p[i, m] * Iverson(Compare("==", j, m)),
    r"(p_j - 1)(s_j - s_m)": Mul(s[i, j] - s[i, m], p[i, j] - 1),
    # sums: positive first, indices before constants, numbers first where the rest is negative
    r"s_j - s_{y_i} + \Delta": margin,
    "1 - p_j": 1 - p[i, j],
    "p_j - 1": p[i, j] - 1,
    r"1 + e^{s_j}": 1 + Exp(s[i, j]),
    "s_j + b_j": b[j] + s[i, j],
    "s_j^2 + 2 s_j + 1": 1 + 2 * s[i, j] + s[i, j] ** 2,
    "-s_j - 1": -1 - s[i, j],
    r"\Delta - 1": Delta() - 1,
    "-(s_j - s_m)": Mul(-1, s[i, j] - s[i, m], evaluate=False),
    # fractions
    r"-\frac{1}{p_{y_i}}": -1 / p[i, y[i]],
    r"\frac{p_j}{s_j}": p[i, j] / s[i, j],
    r"\frac{p_j - 1}{s_j}": (p[i, j] - 1) / s[i, j],
    r"\frac{1}{2}\,(s_j - s_m)^2": (s[i, j] - s[i, m]) ** 2 / 2,
    r"\frac{s_j}{2}": s[i, j] / 2,
    r"\frac{2 s_j}{3}": 2 * s[i, j] / 3,
    r"\frac{1}{N} \sum_i L_i": close("sum", [i], L[i]) / Size(N),
    r"\frac{s_j}{N}": s[i, j] / Size(N),
    r"\frac{e^{s_j}}{\sum_m e^{s_m}}": Exp(s[i, j]) / close("sum", [l], Exp(s[i, l])),
    r"\frac{e^{s_m}}{\bigl(\sum_j e^{s_j}\bigr)^2}": Exp(s[i, m])
    / close("sum", [l], Exp(s[i, l])) ** 2,
    r"\mathbb{I}(j = y_i)\,\frac{1}{p_j}": Iverson(is_label) / p[i, j],
    r"0.044715 s_j": Rational(8943, 200000) * s[i, j],
    r"-\frac{7}{8}": Rational(-7, 8),
    r"\frac{1}{2}\,\mathbb{I}(j = y_i)": Iverson(is_label) / 2,
    r"\begin{cases} 1 & \text{if } s_j > 1 \\ s_j & \text{if } s_j > 0"
    r" \\ 0 & \text{otherwise} \end{cases}": Where(
        Compare(">", s[i, j], S.One), 1, Where(Compare(">", s[i, j], S.Zero), s[i, j], 0)
    ),
    r"e^{s_j/t}": Exp(s[i, j] / t()),
    r"e^{-s_j^2/2}": Exp(-(s[i, j] ** 2) / 2),
    r"e^{s_j - s_m/2}": Exp(s[i, j] - s[i, m] / 2),
    r"\frac{s_j}{\sqrt{2}}": sqrt(2) * s[i, j] / 2,
    r"\frac{s_j}{\sqrt{2 \pi}}": s[i, j] / sqrt(2 * pi),
    r"-\log_2 p_j - \frac{1}{\log 2}": -(log(p[i, j]) + 1) / log(2),
    # a variable in front of functions of the data, behind what comes from above
    r"x_{ik} \sigma(x_{ik})": x[i, k] * Sigmoid(x[i, k]),
    r"x_{ik} \sigma(x_{ik})\bigl(1 - \sigma(x_{ik})\bigr)": x[i, k]
    * Sigmoid(x[i, k])
    * (1 - Sigmoid(x[i, k])),
    r"\sigma(s_j)\,x_{ik}": x[i, k] * Sigmoid(s[i, j]),
    r"(s_j - s_m)\,x_{ik}": x[i, k] * (s[i, j] - s[i, m]),
    # powers
    r"s_j^{3/2}": s[i, j] ** Rational(3, 2),
    r"\sqrt{s_j}": sqrt(s[i, j]),
    r"\frac{1}{\sqrt{s_j}}": 1 / sqrt(s[i, j]),
    r"(e^{s_j})^2": Pow(Exp(s[i, j]), 2),
    r"s_j^{12}": s[i, j] ** 12,
    r"\lvert s_j\rvert^t": Abs(s[i, j]) ** t(),
    r"(-s_j)^3": Pow(-s[i, j], 3, evaluate=False),
    r"t^{t - 1}": t() ** (t() - 1),
    # functions
    r"\log p_{y_i}": log(p[i, y[i]]),
    r"\log(1 - p_j)": log(1 - p[i, j]),
    r"\log \sum_j e^{s_j}": close("lse", [l], s[i, l]),
    r"x_{ik} \log p_j": x[i, k] * log(p[i, j]),
    r"p_j \log s_j": Xlogy(p[i, j], s[i, j]),
    r"\log_2 p_j": Log2(p[i, j]),
    r"\sigma(s_j)\bigl(1 - \sigma(s_j)\bigr)": Sigmoid(s[i, j]) * (1 - Sigmoid(s[i, j])),
    r"\operatorname{softplus}(-s_j)": Softplus(-s[i, j]),
    r"1 - \tanh^2(s_j)": 1 - tanh(s[i, j]) ** 2,
    r"\operatorname{sign}(s_j - s_m)": sign(s[i, j] - s[i, m]),
    r"\lvert s_j - s_m\rvert": Abs(s[i, j] - s[i, m]),
    r"e^{s_j} - 1": Expm1(s[i, j]),
    r"\log(1 + s_j)": Log1p(s[i, j]),
    r"\cos(\pi t)": cos(pi * t()),
    r"\max(0, s_j - s_{y_i} + \Delta)": MaxOf(0, margin),
    # reductions and conditions
    r"\sum_k w_{jk} x_{ik}": close("sum", [k], w[j, k] * x[i, k]),
    r"\sum_{j \neq y_i} s_j": close("sum", [j], s[i, j], Compare("!=", j, y[i])),
    r"\sum_{j \,:\, j = y_i} s_j": close("sum", [j], s[i, j], is_label),
    r"\sum_{j \,:\, s_j > 0} s_j": close("sum", [j], s[i, j], Compare(">", s[i, j], S.Zero)),
    r"\sum_{j, k} w_{jk}": close("sum", [j, k], w[j, k]),
    r"\sum_j (s_j - 1)": close("sum", [j], s[i, j] - 1),
    r"x_{ik} \sum_j s_j": x[i, k] * close("sum", [j], s[i, j]),
    r"\max_j s_j": close("max", [j], s[i, j]),
    r"\arg\max_j s_j": close("argmax", [j], s[i, j]),
    r"\prod_j s_j": close("prod", [j], s[i, j]),
    r"\mathbb{I}(j = y_i \wedge s_j > 0)": Iverson(AllOf(is_label, Compare(">", s[i, j], S.Zero))),
    r"\mathbb{I}(j = y_i \vee s_j \leq 0)": Iverson(
        AnyOf(is_label, Compare("<=", s[i, j], S.Zero))
    ),
    r"\begin{cases} s_j & \text{if } s_j > 0 \\ 0 & \text{otherwise} \end{cases}": Where(
        Compare(">", s[i, j], S.Zero), s[i, j], 0
    ),
    r"\mathbb{I}(t \neq -\infty)": Iverson(Compare("!=", t(), -oo)),
    # gathers
    "s_{y_i}": s[i, y[i]],
    "w_{y_i k}": w[y[i], k],
    "b_{y_i}": b[y[i]],
}


@pytest.mark.parametrize("form", FORMS)
def test_printed_form(form, latex):
    assert latex(FORMS[form]) == form


def test_the_sample_index_can_be_shown(model):
    shown = Printer(model, sample_index="show").latex
    assert shown(s[i, j]) == "s_{ij}"
    assert shown(p[i, y[i]]) == "p_{i y_i}"


def test_a_bound_index_is_never_hidden(latex):
    assert latex(close("sum", [i], s[i, j])) == r"\sum_i s_{ij}"
    assert latex(s[i, j] + close("sum", [i], s[i, m])) == r"\sum_n s_{nm} + s_j"


def test_a_letter_in_use_is_not_bound_again(latex):
    total = close("sum", [j], Exp(s[i, j]))
    assert latex(s[i, j] * total) == r"s_j \sum_m e^{s_m}"
    assert latex(close("sum", [m], s[i, m] * total)) == r"\sum_j s_j \sum_m e^{s_m}"
    nested = close("sum", [m], close("sum", [j], w[j, k] * w[m, k]))
    assert latex(nested) == r"\sum_j \sum_m w_{jk} w_{mk}"


def test_reductions_keep_the_letters_they_were_written_with():
    model = softmax_nll()
    assert Printer(model).latex(model.equation("p").rhs) == r"\frac{e^{s_j}}{\sum_l e^{s_l}}"


def test_fresh_indices_get_letters_that_nothing_in_the_line_has(model):
    printer, fresh = Printer(model), Fresh()
    new, other = fresh.index(C), fresh.index(C)
    scope = printer.scope(s[i, j], s[i, new], s[i, other])
    letters = [printer.latex(s[i, n], scope) for n in (new, other)]
    assert letters == ["s_m", "s_l"]
    assert printer.latex(s[i, new]) == "s_j"


def test_a_letter_that_occurs_nowhere_says_its_axis(model):
    assert Printer(model).latex(close("sum", [l], t())) == r"\sum_{j \in C} t"


def test_a_name_called_e_leaves_the_exponential_its_word():
    model = hinge()
    e = model.tensor("e")
    assert Printer(model).latex(Exp(e[i, j])) == r"\exp(e_j)"


def test_a_name_called_sigma_leaves_the_sigmoid_its_word():
    sigma = param("sigma")
    model = build("m", [sigma], [define(Tensor("u")(), Sigmoid(sigma.tensor()))])
    printer = Printer(model)
    assert printer.latex(model.output.rhs) == r"\operatorname{sigmoid}(\sigma)"
    assert printer.text(model.output.rhs) == "sigmoid(σ)"


def test_superscripted_names_join_their_subscripts():
    (h,) = indices("h", H)
    weights = param("w_h", H, D)
    out = Tensor("out", (H, D))
    model = build("m", [weights], [define(out[h, k], weights.tensor[h, k] ** 2)])
    assert Printer(model).latex(model.output.rhs) == "(w^h_{hk})^2"


def test_letters_that_run_together_are_kept_apart():
    A, B = axes("A B")
    first, second = Index("idx", A), Index("q_1", B)
    table = data("t", A, B)
    out = Tensor("o", (A, B))
    model = build("m", [table], [define(out[first, second], table.tensor[first, second])])
    assert Printer(model).latex(model.output.rhs) == r"t_{\mathit{idx}, q_1}"


def test_what_cannot_be_printed_is_named(latex):
    with pytest.raises(NotSupportedError, match="Symbol"):
        latex(Symbol("unknown"))


# --- order is ours --------------------------------------------------------------------------------


def test_the_order_of_arguments_does_not_matter(latex):
    terms = [s[i, m], -s[i, y[i]], Delta(), -S.One, x[i, k] * w[j, k]]
    factors = [S(2), Delta(), w[j, k], s[i, j], 1 - p[i, j], x[i, k]]
    sums = {latex(Add(*order, evaluate=False)) for order in itertools.permutations(terms)}
    products = {latex(Mul(*order, evaluate=False)) for order in itertools.permutations(factors)}
    assert sums == {r"w_{jk} x_{ik} + s_m - s_{y_i} + \Delta - 1"}
    assert products == {r"2 \Delta w_{jk} s_j (1 - p_j)\,x_{ik}"}


SCRIPT = """
from symderive.catalog import load
from symderive.derive import derive
from symderive.typeset import typeset
for name in ("hinge", "softmax_nll", "huber"):
    for to in ("latex", "terminal", "json"):
        print(typeset(derive(load(name)), to=to, detail="full"))
"""


def test_the_hash_seed_does_not_matter():
    printed = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(printed) == 1


def test_every_reduction_can_be_printed(latex):
    for kind in ("sum", "prod", "max", "min", "lse", "argmax", "argmin"):
        node = close(kind, [j], s[i, j])
        assert isinstance(node, Reduce)
        assert "s_j" in latex(node)


def test_quotients_that_are_0_where_their_top_is(latex):
    assert latex(Xdivy(p[i, j], s[i, j])) == r"\frac{p_j}{s_j}"


def test_terms_stand_in_the_order_in_which_they_were_typed():
    text = "data x[N, D]\nparam w[D]\nparam b\nf[i] = b + sum[k](w[k] * x[i, k])"
    model = read_model(text, "line")
    assert Printer(model).latex(model.output.rhs) == r"b + \sum_k w_k x_{ik}"
    head, _, whole = text.rpartition("b + ")
    turned = read_model(f"{head}{whole} + b", "line")
    assert Printer(turned).latex(turned.output.rhs) == r"\sum_k w_k x_{ik} + b"
