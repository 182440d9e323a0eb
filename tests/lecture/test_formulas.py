"""Formulas and text that a lecturer writes: read, printed anew, never passed on to LaTeX."""

from __future__ import annotations

import pytest

from symderive.catalog import load
from symderive.errors import InputError
from symderive.lecture.formulas import read_formula, text_latex
from symderive.pipeline import parse

NOTHING = parse("claim 0 = 0", "nothing")


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("p[i, j]", "$p_j$"),
        ("j", "$j$"),
        ("w", "$w$"),
        ("j != y[i]", r"$j \neq y_i$"),
        ("[j == y[i]]", r"$\mathbb{I}(j = y_i)$"),
        ("s[i, j] - s[i, y[i]] <= 0", r"$s_j - s_{y_i} \leq 0$"),
        ("dL[i]/ds[i, j]", r"$\partial L_i / \partial s_j$"),
        ("w[j, k] <- w[j, k] - eta * d(loss)/dw[j, k]",
         r"$w_{jk} \leftarrow w_{jk} - \eta\,\frac{\partial \mathit{loss}}{\partial w_{jk}}$"),
        ("t = u = 2 * t / 2", "$t = u = t$"),
        ("convex L[i] in w", "$L_i$ is convex in $w$"),
        ("exp(t) ~ 2.70 for t in (0, oo) with t = 1", r"$e^t \approx 2.70$ at $t = 1$"),
        ("t >= 0 for t in [0, 1]", r"$t \geq 0$ for $t \in [0, 1]$"),
        ("t**2 = 1 for t in {-1, 1}", r"$t^2 = 1$ for $t \in \{-1, 1\}$"),
        ("limit[t -> oo](tanh(t)) = 1 for t in (-oo, oo)",
         r"$\lim_{t \to \infty} \tanh(t) = 1$"),
        ("p[i, j] = 0 if j == y[i]", "$p_j = 0$ if $j = y_i$"),
        ("L[i] = 0 with s = [[10, 9]], y = [0]", r"$L_i = 0$ at $s = (10,\, 9)$, $y = (1)$"),
    ],
)  # fmt: skip
def test_formulas_are_printed_anew(text, latex):
    assert read_formula(text, load("softmax_nll"), ["t", "u", "eta"]).inline == latex


@pytest.mark.parametrize("text", ["\\input{x}", "1 +", "nothing_of_it", "__import__('os')", ""])
def test_what_is_no_formula(text):
    with pytest.raises(InputError, match="in the formula"):
        read_formula(text, NOTHING, ["t"])


def test_text_is_escaped_and_bold_is_bold():
    latex, width = text_latex(r"50% of \input{x} & **$t$ here** for $$5", NOTHING, ["t"])
    assert r"\input" not in latex.replace(r"\textbackslash{}input", "")
    assert r"50\% of" in latex
    assert r"\$5" in latex
    assert width > 10
    assert text_latex("**bold**", NOTHING)[0] == r"\textbf{bold}"


def test_a_claim_keeps_its_meaning_apart_from_the_words_around_it():
    formula = read_formula("sum[j](dL[i]/ds[i, j]) = 0", load("softmax_nll"))
    assert formula.inline == r"$\sum_j \frac{\partial L_i}{\partial s_j} = 0$"
    assert formula.width > 3
    assert formula.height > 1


def test_terms_of_a_formula_stand_in_the_order_in_which_they_were_typed():
    model = load("softmax_nll")
    assert read_formula("-[j == y[i]] + p[i, j]", model).inline == (r"$-\mathbb{I}(j = y_i) + p_j$")
