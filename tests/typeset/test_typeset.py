"""What derivations look like on paper, at each detail and for each target."""

from __future__ import annotations

import json
import re

import pytest

from symderive import parse
from symderive.catalog import load, names
from symderive.derive import derive
from symderive.derive.narrate import derive_second
from symderive.errors import InputError
from symderive.typeset import notebook_latex, notebook_markdown, typeset

# The lecture's slides (A1 to A5): product of partials with values under braces, cases, results.

SOFTMAX = [
    r"\frac{\partial L_i}{\partial w_{jk}} = {?}",
    (
        r"s_j = \sum_k w_{jk} x_{ik} \qquad p_j = \frac{e^{s_j}}{\sum_l e^{s_l}}"
        r" \qquad L_i = -\log p_{y_i}"
    ),
    r"\textbf{If $j = y_i$:}",
    (
        r"\frac{\partial L_i}{\partial w_{jk}}"
        r" = \underbrace{\frac{\partial L_i}{\partial p_{y_i}}}_{-\frac{1}{p_{y_i}}}"
        r"\;\underbrace{\frac{\partial p_{y_i}}{\partial s_{y_i}}}_{p_{y_i} (1 - p_{y_i})}"
        r"\;\underbrace{\frac{\partial s_{y_i}}{\partial w_{y_i k}}}_{x_{ik}}"
        r" = (p_j - 1)\,x_{ik}"
    ),
    r"\textbf{If $j \neq y_i$:}",
    (
        r"\frac{\partial L_i}{\partial w_{jk}}"
        r" = \underbrace{\frac{\partial L_i}{\partial p_{y_i}}}_{-\frac{1}{p_{y_i}}}"
        r"\;\underbrace{\frac{\partial p_{y_i}}{\partial s_j}}_{-p_{y_i} p_j}"
        r"\;\underbrace{\frac{\partial s_j}{\partial w_{jk}}}_{x_{ik}}"
        r" = p_j x_{ik}"
    ),
    r"\textbf{Both in one line:}",
    (
        r"\frac{\partial L_i}{\partial w_{jk}}"
        r" = \bigl(p_j - \mathbb{I}(j = y_i)\bigr)\,x_{ik}"
    ),
    (
        r"\frac{\partial \mathit{loss}}{\partial w_{jk}}"
        r" = \frac{1}{N} \sum_i \frac{\partial L_i}{\partial w_{jk}}"
    ),
]
HINGE = [
    r"\frac{\partial L_i}{\partial w_{mk}} = {?}",
    (
        r"s_j = \sum_k w_{jk} x_{ik} \qquad e_j = \max(0, s_j - s_{y_i} + \Delta)"
        r" \qquad L_i = \sum_{j \neq y_i} e_j"
    ),
    r"\textbf{If $m \neq y_i$:}",
    (
        r"\frac{\partial L_i}{\partial w_{mk}} = \underbrace{\frac{\partial L_i}{\partial e_m}}_{1}"
        r"\;\underbrace{\frac{\partial e_m}{\partial s_m}}_{\mathbb{I}(s_m - s_{y_i} + \Delta > 0)}"
        r"\;\underbrace{\frac{\partial s_m}{\partial w_{mk}}}_{x_{ik}}"
        r" = \mathbb{I}(s_m - s_{y_i} + \Delta > 0)\,x_{ik}"
    ),
    r"\textbf{If $m = y_i$:}",
    (
        r"\frac{\partial L_i}{\partial w_{y_i k}} &= \sum_{j \neq y_i}"
        r" \underbrace{\frac{\partial L_i}{\partial e_j}}_{1}"
        r"\;\underbrace{\frac{\partial e_j}{\partial s_{y_i}}}"
        r"_{\mathbb{I}(s_j - s_{y_i} + \Delta > 0)(-1)}"
        r"\;\underbrace{\frac{\partial s_{y_i}}{\partial w_{y_i k}}}_{x_{ik}}"
    ),
    r"&= \sum_{j \neq y_i} \mathbb{I}(s_j - s_{y_i} + \Delta > 0)(-1)\,x_{ik}",
]


def lines(latex):
    """The lines of a fragment, without what only places them."""
    return [line.strip().removesuffix(r" \\[2pt]") for line in latex.splitlines()]


def assert_in_order(wanted, found):
    place = 0
    for line in wanted:
        matches = [n for n in range(place, len(found)) if line in found[n]]
        assert matches, f"{line}\nis not below line {place} of\n" + "\n".join(found)
        place = matches[0] + 1


@pytest.mark.parametrize(("name", "wanted"), [("softmax_nll", SOFTMAX), ("hinge", HINGE)])
def test_the_slides_of_the_lecture(name, wanted, derived):
    assert_in_order(wanted, lines(typeset(derived(name), to="latex")))


def test_every_rule_has_its_name_at_full_detail(derived):
    latex = typeset(derived("softmax_nll"), to="latex", detail="full")
    for name in (
        r"\text{quotient rule}",
        r"\text{only }l = m\text{ survives}",
        r"p\text{ put back}",
        r"\text{definition of }p_j",
    ):
        assert f"&& {name}" in latex
    assert r"\textbf{Why is $\partial p_j / \partial s_m = p_j" in latex


def test_results_alone(derived):
    assert typeset(derived("softmax_nll"), to="terminal", detail="result") == (
        "∂L_i/∂w_jk = (p_j - 𝕀(j = y_i)) x_ik"
    )
    hinge = typeset(derived("hinge"), to="terminal", detail="result")
    assert hinge.splitlines()[0] == "If m ≠ y_i:"
    assert "= ?" not in hinge
    assert "·" not in hinge


def test_the_sample_index_can_be_shown(derived):
    shown = typeset(derived("softmax_nll"), to="terminal", detail="result", sample_index="show")
    assert shown == "∂L_i/∂w_jk = (p_ij - 𝕀(j = y_i)) x_ik"


def test_values_stand_below_their_factors_on_a_terminal(derived):
    rows = typeset(derived("softmax_nll"), to="terminal").splitlines()
    top = next(n for n, row in enumerate(rows) if "∂p_{y_i}/∂s_j" in row)
    assert rows[top].index("∂p_{y_i}/∂s_j") == rows[top + 1].index("-p_{y_i} p_j")
    assert rows[top].endswith("= p_j x_ik")


def test_accents_take_no_room_on_a_terminal(derived):
    rows = typeset(derived("squared_error"), to="terminal").splitlines()
    top = next(n for n, row in enumerate(rows) if "∂L_i/∂ŷ_i" in row)
    assert rows[top].index("∂ŷ_i/∂w_k") == rows[top + 1].index("x_ik")


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("detail", ["result", "slide", "full"])
def test_terminal_text_is_plain(name, detail, derived):
    text = typeset(derived(name), to="terminal", detail=detail)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\\]", text)
    assert text
    assert all(line == line.rstrip() for line in text.splitlines())


#: What a printed formula may hold: known to amsmath with amssymb, and to KaTeX.
COMMANDS = {
    *("Big", "Bigl", "Bigr", "bigl", "bigr", "biggl", "biggr", "lvert", "rvert"),
    *("frac", "sqrt", "underbrace", "begin", "end", "text", "qquad", "quad", "cdot"),
    *("sum", "prod", "max", "min", "arg", "log", "exp", "sin", "cos", "tanh", "operatorname"),
    *("mathbb", "mathit", "mathrm", "hat", "bar", "star", "ast", "partial", "infty", "pi"),
    *("neq", "leq", "geq", "in", "wedge", "vee", "ldots"),
    *("alpha", "beta", "gamma", "delta", "epsilon", "eta", "lambda", "mu", "phi", "rho"),
    *("sigma", "theta", "tau", "kappa", "omega", "Delta"),
}


@pytest.mark.parametrize("name", names())
def test_formulas_hold_nothing_that_katex_does_not_know(name, derived):
    markdown = typeset(derived(name), to="markdown", detail="full")
    assert set(re.findall(r"\\([A-Za-z]+)", markdown)) <= COMMANDS
    assert markdown.count("$$") % 2 == 0


def test_markdown_has_headings_and_formulas_apart(derived):
    markdown = typeset(derived("softmax_nll"), to="markdown")
    assert markdown.startswith("## Softmax")
    assert "\n**If $j = y_i$:**\n\n$$\n" in markdown
    assert "\\noindent" not in markdown


def test_several_derivations_in_one_text(derived):
    both = [derived("softmax_nll"), derived("hinge")]
    text = typeset(both, to="terminal", detail="result")
    assert text.split("\n\n")[0] == typeset(both[0], to="terminal", detail="result")
    document = typeset(both, to="document")
    assert document.count(r"\subsection*{") == 2
    titles = re.findall(r"\\section\*\{(.*)\}", document)
    assert titles == [derivation.model.title for derivation in both]
    assert document.count(r"\documentclass") == 1


def test_a_whole_document_and_a_whole_deck(derived):
    document = typeset(derived("hinge"), to="document")
    deck = typeset(derived("hinge"), to="beamer")
    for source in (document, deck):
        assert source.startswith(r"\documentclass")
        assert source.endswith("\\end{document}\n")
    assert r"\documentclass[aspectratio=169]{beamer}" in deck
    assert r"\setbeamertemplate{navigation symbols}{}" in deck
    assert r"\setbeamertemplate{footline}" in deck
    assert deck.count(r"\renewcommand{\slidenumber}{") == deck.count(r"\begin{frame}")
    fragment = typeset(derived("hinge"), to="latex")
    assert r"\begin{document}" not in fragment
    assert r"\usepackage" not in fragment


def test_one_slide_holds_goal_cases_and_the_merged_line(derived):
    first, *_ = typeset(derived("softmax_nll"), to="beamer").split(r"\end{frame}")
    assert re.findall(r"\\onslide<(\d)->", first) == ["2", "3", "4", "5"]
    for part in (
        "= {?}",
        "If $j = y_i$",
        r"If $j \neq y_i$",
        "Both in one line",
        "For all samples",
    ):
        assert part in first


def test_each_local_derivative_has_a_slide_of_its_own_at_full_detail(derived):
    deck = typeset(derived("softmax_nll"), to="beamer", detail="full")
    titles = re.findall(r"\\begin\{frame\}\{(.*)\}", deck)
    assert sum(title.startswith("Why is $") for title in titles) == 3


# --- JSON -----------------------------------------------------------------------------------------


def test_json_follows_its_schema(derived):
    data = json.loads(typeset(derived("softmax_nll"), to="json", detail="full"))
    assert data["format"] == "symderive.derivation"
    assert (data["version"], data["detail"], data["sample_index"]) == (1, "full", "hide")
    (derivation,) = data["derivations"]
    assert derivation["model"]["name"] == "softmax_nll"
    assert derivation["goal"] == {
        "latex": r"\frac{\partial L_i}{\partial w_{jk}}",
        "text": "∂L_i/∂w_jk",
    }
    for block in derivation["blocks"]:
        assert set(block) == {"kind", "level", "case", "subject", "heading", "text", "steps"}
        for step in block["steps"]:
            assert set(step) == {"rule", "reason", "level", "left", "right"}
            assert set(step["right"]) == {"latex", "text"}
    cases = [block["case"] for block in derivation["blocks"] if block["kind"] == "case"]
    assert [case["text"] for case in cases] == ["j = y_i", "j ≠ y_i"]
    local = next(block for block in derivation["blocks"] if block["kind"] == "local")
    assert local["steps"][0]["reason"]["text"] == "definition of L_i"


# --- notebooks ------------------------------------------------------------------------------------


def test_a_notebook_shows_formulas_between_dollars(derived):
    latex = notebook_latex(derived("hinge"))
    assert latex.startswith("$$\n\\begin{aligned}\n")
    assert r"&& \text{if }m \neq y_i" in latex
    assert r"\textbf" not in latex
    assert notebook_latex([derived("tanh")]).startswith(r"$\displaystyle")
    assert "= {?}" in notebook_latex(derived("tanh"), detail="slide")
    assert notebook_markdown(derived("tanh")) == typeset(derived("tanh"), to="markdown")


# --- wrong words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"to": "pdf"}, "target 'pdf' is unknown; expected one of terminal, latex"),
        ({"detail": "all"}, "detail 'all' is unknown; expected one of result, slide, full"),
        ({"sample_index": "no"}, "sample index 'no' is unknown; expected one of hide, show"),
    ],
)
def test_unknown_words_are_errors_of_the_input(option, message, derived):
    with pytest.raises(InputError, match=message):
        typeset(derived("tanh"), **option)


def test_nothing_to_typeset_is_an_error_of_the_input():
    with pytest.raises(InputError, match="no derivation"):
        typeset([])


def test_other_letters_for_the_goal():
    text = typeset(derive(load("softmax_nll"), letters=("m", "k")), to="terminal", detail="result")
    assert text == "∂L_i/∂w_mk = (p_m - 𝕀(m = y_i)) x_ik"


@pytest.mark.parametrize("name", ["softmax_nll", "two_layer_sigmoid"])
def test_second_derivatives_are_typeset_and_read_back(name, find_misprints):
    second = derive_second(load(name))
    assert r"\frac{\partial g_{" in typeset(second, to="latex")
    assert find_misprints(second, detail="slide") == []


@pytest.mark.parametrize(
    ("loss", "heading"),
    [("mean[i](L[i])", "For all samples:"), ("sum[i](L[i]**2)", "By the chain")],
)
def test_the_last_line_says_what_it_is_for(loss, heading):
    model = parse(f"param w\ndata x[N]\nL[i] = (w - x[i])**2\nloss = {loss}")
    assert heading in typeset([derive(model, "L", "w")], to="latex")
