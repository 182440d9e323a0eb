"""A rule fires where it should, and only there."""

from __future__ import annotations

from sympy import Add, Mul, expand, log

from symderive.expr import Exp


def test_every_row_has_its_own_name_and_its_examples(rows):
    assert len(rows.BY_NAME) == len(rows.TABLE)
    assert set(rows.FIRES) == set(rows.SILENT) == set(rows.BY_NAME)
    assert all(rule.identity and rule.reason and rule.heads for rule in rows.TABLE)


def test_a_rule_fires_where_it_should(fires, rows, sweep):
    name, before, after = fires
    assert sweep(rows.BY_NAME[name], before) == after


def test_a_rule_is_silent_where_its_condition_fails(silent, rows, sweep):
    name, expr = silent
    assert sweep(rows.BY_NAME[name], expr) == expr


def test_what_a_rule_needs_is_there_wherever_it_fires(fires, rows):
    from symderive.expr import subexpressions

    name, before, _ = fires
    assert rows.BY_NAME[name].needs & {type(node) for node in subexpressions(before)}


def test_a_rule_fires_below_binders_with_letters_of_its_own(rows, sweep):
    under = rows.total(log(Exp(rows.s(rows.j)) / rows.softmax_total), rows.j)
    within = rows.total(log(Exp(rows.s(rows.j))) - log(rows.softmax_total), rows.j)
    assert sweep(rows.BY_NAME["log quotient"], under) == within


def test_a_rule_says_its_identity_and_its_condition(rows):
    assert str(rows.BY_NAME["log power"]) == "log(a**n) = n * log(a), if a > 0, or n is odd"
    assert str(rows.BY_NAME["log exp"]) == "log(exp(u)) = u"


def test_what_stands_beside_is_left_alone(fires, rows, sweep):
    """A further term of a sum, a further factor of a product: the same, and it is still there."""
    name, before, after = fires
    rule, beside = rows.BY_NAME[name], rows.q**7
    if isinstance(before, Add) and Add in rule.heads:
        assert sweep(rule, before + beside) - after == beside
    if isinstance(before, Mul) and Mul in rule.heads:
        made = sweep(rule, before * beside)
        assert expand(made - after * beside) == 0
