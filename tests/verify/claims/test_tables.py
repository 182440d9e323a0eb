"""True claims are never refuted, false ones always, however nearly true they are."""

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import corrections, judge, slips
from tests.verify.claims.tables import ALMOST_TRUE, TRUE

#: What is wrong is looked for in one claim of so many: there are tests of that alone.
EXPLAINED = 12


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(
    ("place", "row"),
    [pytest.param(place, row, id=f"{place}-{row[0]}") for place, row in enumerate(ALMOST_TRUE)],
)
def test_a_claim_that_is_almost_true_is_refuted(place, row, monkeypatch):
    why, text, claim = row
    if place % EXPLAINED:
        monkeypatch.setattr(slips, "explain_slip", lambda *_: ("", ""))
        monkeypatch.setattr(corrections, "other_relation", lambda *_: ("", ""))
    found = verdict(text, claim)
    assert found.kind == "refuted", f"{why}: {found}"
    assert found.counterexample is not None
    exec(found.counterexample.text, {})  # noqa: S102 - that it can be pasted is the claim


@pytest.mark.parametrize(("text", "claim", "kind"), TRUE)
def test_a_true_claim_holds(text, claim, kind):
    found = verdict(text, claim)
    assert found.kind in ((kind,) if kind else ("proved", "verified")), str(found)
    assert found.points > 0
