"""What SymPy differentiates wrongly, or not at all, written in plain SymPy and solved here."""

from __future__ import annotations

import pytest
import sympy as sp

from symderive.derive import derive, gradient
from symderive.errors import InputError
from symderive.model.plain import model_from_sympy, to_sympy
from symderive.verify import check_derivation
from symderive.verify.gradients import against_mpmath, against_sympy

N, C = (sp.Symbol(name, integer=True, positive=True) for name in "NC")
i, j, l = sp.Idx("i", N), sp.Idx("j", C), sp.Idx("l", C)
x, s, p, y, L = (sp.IndexedBase(name) for name in "xspyL")
loss = sp.Symbol("loss")


def softmax():
    """SymPy says that ``diff(exp(s[j]) / Sum(exp(s[j]), (j, 0, 2)), s[j])`` is 0."""
    return model_from_sympy(
        "softmax",
        [sp.Eq(p[j], sp.exp(s[j]) / sp.Sum(sp.exp(s[l]), (l, 0, C - 1)))],
        params=[s],
    )


def maximum():
    """SymPy differentiates ``Max`` to ``Heaviside``, and that to ``DiracDelta``."""
    return model_from_sympy(
        "maximum", [sp.Eq(loss, sp.Sum(sp.Max(0, x[i]) ** 2, (i, 0, N - 1)))], params=[x]
    )


def conditional():
    """SymPy has no conditions in ``Sum``; a ``Piecewise`` body says the same."""
    body = sp.Piecewise((s[i, j] ** 2, sp.Ne(j, y[i])), (0, True))
    return model_from_sympy(
        "conditional",
        [
            sp.Eq(L[i], sp.Sum(body, (j, 0, C - 1))),
            sp.Eq(loss, sp.Sum(L[i], (i, 0, N - 1)) / N),
        ],
        params=[s],
        labels={y: C},
    )


def gathered():
    """SymPy's ``convert_indexed_to_array`` drops the gather ``s[i, y[i]]``."""
    return model_from_sympy(
        "gathered",
        [sp.Eq(loss, sp.Sum(s[i, y[i]] * s[i, y[i]], (i, 0, N - 1)))],
        params=[s],
        labels={y: C},
    )


def delta():
    """``KroneckerDelta`` under a sum: SymPy leaves a ``Piecewise`` over the range."""
    return model_from_sympy(
        "delta",
        [sp.Eq(L[l], sp.Sum(sp.KroneckerDelta(j, l) * sp.sin(x[j]), (j, 0, C - 1)))],
        params=[x],
    )


MODELS = (softmax, maximum, conditional, gathered, delta)


@pytest.mark.parametrize("build", MODELS)
def test_the_gradient_is_right(build):
    model = build()
    gradients = gradient(model)
    for tally in (against_sympy(model, gradients), against_mpmath(model, gradients)):
        assert tally.points > 0
        assert tally.worst < 1e-20


@pytest.mark.parametrize("build", MODELS)
def test_every_line_of_the_derivation_holds(build):
    assert check_derivation(derive(build())).comparisons > 0


def test_the_derivative_of_a_softmax_is_not_0():
    assert derive(softmax()).result != 0


def test_a_letter_that_is_free_may_not_be_bound_where_sympy_would_capture_it():
    body = sp.exp(s[j]) / sp.Sum(sp.exp(s[j]), (j, 0, C - 1))
    with pytest.raises(InputError, match="j is bound already"):
        model_from_sympy("captured", [sp.Eq(p[j], body)], params=[s])


def test_a_maximum_has_no_heaviside_in_its_derivative():
    plain = to_sympy(derive(maximum()).result)
    assert not plain.has(sp.Heaviside, sp.DiracDelta)
    assert plain.has(sp.Piecewise)


def test_a_delta_is_contracted():
    assert not to_sympy(derive(delta()).result).has(sp.Sum)
