"""Claims are read, with all they say; what does not fit together is noted, not refused."""

from __future__ import annotations

import pytest
from sympy import Rational as Q
from sympy import S, oo, tanh

from symderive.catalog import softmax_nll
from symderive.errors import InputError
from symderive.expr import TRUE, Axis, Compare, Element, Index, Iverson, Sigmoid, Tensor, close
from symderive.model import Claim, DerivativeOf, Domain, LimitOf, Rounded
from symderive.notation.sym import SourceError, read_claim, read_model

MODEL = softmax_nll()
x, y, w, s, p, L = (MODEL.tensor(name) for name in ("x", "y", "w", "s", "p", "L"))
N, C, D = Axis("N"), Axis("C"), Axis("D")
i, j, m, k = Index("i", N), Index("j", C), Index("m", C), Index("k", D)
t = Tensor("t")()


def claim(text: str) -> Claim:
    return read_claim(text, MODEL)


def test_a_gradient():
    found = claim("dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]")
    assert found.relation == "="
    assert found.left == DerivativeOf(L[i], w[j, k])
    assert found.right == (p[i, j] - Iverson(Compare("==", j, y[i]))) * x[i, k]
    assert found.free == (i, j, k)
    assert (found.given, found.scalars, found.point, found.clashes) == (TRUE, (), (), ())
    assert found.text == "dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]"


@pytest.mark.parametrize("relation", ["=", "<=", ">=", "<", ">"])
def test_relations(relation):
    found = claim(f"p[i, j] {relation} 1")
    assert (found.left, found.relation, found.right) == (p[i, j], relation, S.One)


DERIVATIVES = {
    "dL[i]/ds[i, j]": DerivativeOf(L[i], s[i, j]),
    "-dL[i]/ds[i, j]": -DerivativeOf(L[i], s[i, j]),
    "2 * dL[i]/ds[i, j] * p[i, m]": 2 * DerivativeOf(L[i], s[i, j]) * p[i, m],
    "x[i, k] * dL[i]/dw[j, k] / 2": x[i, k] * DerivativeOf(L[i], w[j, k]) / 2,
    "dL[i]/ds[i, j] / dL[i]/ds[i, m]": DerivativeOf(L[i], s[i, j]) / DerivativeOf(L[i], s[i, m]),
    "d(L[i])/ds[i, j]": DerivativeOf(L[i], s[i, j]),
    "d(L[i]**2 + 1)/ds[i, j]": DerivativeOf(L[i] ** 2 + 1, s[i, j]),
    "d(dL[i]/ds[i, j])/ds[i, m]": DerivativeOf(DerivativeOf(L[i], s[i, j]), s[i, m]),
    "dloss/dw[j, k]": DerivativeOf(Element(Tensor("loss")), w[j, k]),
    "sum[j](dL[i]/ds[i, j])": close("sum", [j], DerivativeOf(L[i], s[i, j])),
    "dL[i]/ds[i, y[i]]": DerivativeOf(L[i], s[i, y[i]]),
}


@pytest.mark.parametrize("text", DERIVATIVES)
def test_derivatives(text):
    assert claim(f"{text} = 0").left == DERIVATIVES[text]


def test_scalars_are_introduced():
    found = claim("tanh(t) = 2*sigmoid(2*t) - 1 for t in (-oo, oo)")
    assert (found.left, found.right) == (tanh(t), 2 * Sigmoid(2 * t) - 1)
    (declaration,) = found.scalars
    assert (declaration.tensor, declaration.domain) == (Tensor("t"), Domain())


def test_several_scalars_and_second_derivatives():
    found = claim("d(d(t*u)/dt)/du = 1 for t in (0, 1], u in {1, 2} for v in [0, oo)")
    u = Tensor("u")()
    assert found.left == DerivativeOf(DerivativeOf(t * u, t), u)
    assert [d.name for d in found.scalars] == ["t", "u", "v"]
    assert found.scalars[0].domain == Domain(S.Zero, S.One, high_closed=True)


def test_cases_are_joined():
    found = claim("dL[i]/ds[i, j] = p[i, j] - 1 if j == y[i] if L[i] > 0")
    assert set(found.given.args) == {Compare("==", j, y[i]), Compare(">", L[i], S.Zero)}


def test_a_point():
    found = claim("L[i] ~ 0.450 with s = [[1, 1.1]], y = [1]")
    assert found.right == Rounded(Q(9, 20), Q(1, 1000))
    assert found.point == (("s", ((S.One, Q(11, 10)),)), ("y", (S.One,)))


ROUNDED = {
    "0.450": Rounded(Q(9, 20), Q(1, 1000)),
    "12": Rounded(S(12), S.One),
    "-1.5e-3": Rounded(Q(-3, 2000), Q(1, 10000)),
    "1e3": Rounded(S(1000), S(1000)),
    "[0.5, -0.25]": (Rounded(Q(1, 2), Q(1, 10)), Rounded(Q(-1, 4), Q(1, 100))),
    "[[1], [2.0]]": ((Rounded(S(1), S(1)),), (Rounded(S(2), Q(1, 10)),)),
}


@pytest.mark.parametrize("digits", ROUNDED)
def test_digits_as_they_are_written(digits):
    assert claim(f"p[i, j] ~ {digits}").right == ROUNDED[digits]


@pytest.mark.parametrize("shape", ["convex", "concave", "increasing", "decreasing"])
def test_shapes(shape):
    found = claim(f"{shape} L[i] in s")
    assert (found.relation, found.left, found.right, found.along) == (shape, L[i], None, "s")
    found = claim(f"{shape} t**2 in t for t in (0, oo)")
    assert (found.left, found.along) == (t**2, "t")


def test_limits():
    found = claim("limit[t -> oo](tanh(t) * p[i, j]) = p[i, j] for t in (0, oo)")
    assert found.left == LimitOf(t, oo, tanh(t) * p[i, j])


@pytest.mark.parametrize("prefix", ["", "claim ", "  claim   "])
def test_the_word_claim_may_stand_in_front(prefix):
    assert claim(prefix + "L[i] >= 0").text == "L[i] >= 0"


def test_letters_of_the_model_have_its_axes_where_use_tells_none():
    assert claim("sum[j](1) = C").left == close("sum", [j], S.One)


def test_a_side_without_indices_agrees_with_any():
    assert claim("sum[j](p[i, j]) = 1").clashes == ()
    assert claim("0 = dL[i]/dw[j, k]").clashes == ()


SAME = "only; expected the same on both sides, such as"
CLASHES = {
    "dL[i]/dw[j, k] = x[i, j]": ("index 'j' runs over C from column 10 on", j, D, 23),
    "dL[i]/dw[k, j] = p[i, k] * x[i, j] * x[k, j]": ("index 'k' runs over C", Index("k", C), N, 40),
    "dL[i]/ds[i, j] = p[i, j] - [i == y[i]]": ("'i' is a position on axis N", i, C, 29),
    "p[i, j] = p[i, m]": ("free indices differ: j on the left only; m on the", None, None, 11),
    "L[i] <= p[i, j]": (
        f"free indices differ: j on the right {SAME} min[j](p[i, j]) there",
        None,
        None,
        9,
    ),
    "p[i, j] <= L[i]": (
        f"free indices differ: j on the left {SAME} max[j](p[i, j]) there",
        None,
        None,
        12,
    ),
    "L[i] = 2*p[i, j]": (
        f"free indices differ: j on the right {SAME} sum[j](..) there",
        None,
        None,
        8,
    ),
    "p[i] = 1": ("'p' has 2 axes [N, C], 1 index is given", None, None, 1),
    "p[i, j, k] = 1": ("'p' has 2 axes [N, C], 3 indices are given", None, None, 1),
    "p[i, j] = j": ("index 'j' is used as a number", None, None, 11),
    "L[i] = y[i]": ("'y' is a label, a position on axis C", None, None, 8),
    "L[i] = p[i, x[i, k]]": ("'x' is real", None, None, 13),
    "L[i] = [y[i] == 0]": ("'y' is a position on an axis, the other side of '=='", None, None, 9),
    "p[i, y[i]] = s[y[i], j]": ("'y' is a position on axis C", None, N, 16),
}


@pytest.mark.parametrize("text", CLASHES)
def test_a_claim_whose_axes_or_indices_clash_is_read_and_says_so(text):
    what, index, expected, column = CLASHES[text]
    found = claim(text)
    first = found.clashes[0]
    assert first.what.startswith(what)
    assert (first.index, first.expected, first.line, first.column) == (index, expected, 1, column)
    assert found.left is not None


OWN_DIFFERENTIALS = """
param w
param dw
param L0
L = w**2
dL = L0 + w
"""


def test_names_that_look_like_derivatives():
    model = read_model(OWN_DIFFERENTIALS, "differentials")
    with pytest.raises(SourceError, match=r"may be a quotient of two names or a derivative"):
        read_claim("dL/dw = 2*w", model)
    message = r"expected \(dL\)/\(dw\) for the quotient, d\(L\)/dw for the derivative"
    with pytest.raises(SourceError, match=message):
        read_claim("dL/dw = 2*w", model)
    scalar = {name: Tensor(name)() for name in ("L", "w", "dw", "dL")}
    quotient = read_claim("(dL)/(dw) = 0", model).left
    assert quotient == scalar["dL"] / scalar["dw"]
    assert read_claim("d(L)/dw = 0", model).left == DerivativeOf(scalar["L"], scalar["w"])
    assert read_claim("ddL/dw = 0", model).left == DerivativeOf(scalar["dL"], scalar["w"])
    assert read_claim("dL/ddw = 0", model).left == DerivativeOf(scalar["L"], scalar["dw"])


def test_claims_of_a_text_are_kept_and_may_stand_anywhere():
    model = read_model(
        "claim dL[i]/dw[k] = x[i, k]  # a comment\n"
        "data x[N, D]\nparam w[D]\nL[i] = sum[k](w[k] * x[i, k])\n"
        "claim increasing L[i] in w\n",
        "claims",
    )
    assert [(c.text, c.line, c.column) for c in model.claims] == [
        ("dL[i]/dw[k] = x[i, k]", 1, 7),
        ("increasing L[i] in w", 5, 7),
    ]
    assert model.claims[0].clashes == ()


def test_a_file_of_claims_alone_needs_no_equation():
    model = read_model("claim tanh(-t) = -tanh(t) for t in (-oo, oo)", "identities")
    assert (model.equations, len(model.claims)) == ((), 1)
    with pytest.raises(InputError, match="identities: there is no equation, only claims"):
        _ = model.output


def test_letters_are_the_claims_own():
    model = read_model("claim t = t for t in (0, 1)\nclaim 0*t = 0 for t in [0, 1]", "twice")
    assert [c.scalars[0].name for c in model.claims] == ["t", "t"]
