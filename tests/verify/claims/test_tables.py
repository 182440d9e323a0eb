"""True claims are never refuted, false ones always, however nearly true they are."""

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge
from tests.verify.claims.tables import ALMOST_TRUE, TRUE


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(("why", "text", "claim"), ALMOST_TRUE)
def test_a_claim_that_is_almost_true_is_refuted(why, text, claim):
    found = verdict(text, claim)
    assert found.kind == "refuted", f"{why}: {found}"
    assert found.counterexample is not None
    exec(found.counterexample.text, {})  # noqa: S102 - that it can be pasted is the claim


@pytest.mark.parametrize(("text", "claim", "kind"), TRUE)
def test_a_true_claim_holds(text, claim, kind):
    found = verdict(text, claim)
    assert found.kind in ((kind,) if kind else ("proved", "verified")), str(found)
    assert found.points > 0
