"""The command and the function that judge the claims of a model."""

import pytest

import symderive as sd
from symderive.cli.app import run

GOOD = "dL[i]/ds[i, j] = p[i, j] - [j == y[i]]"
BAD = "dL[i]/ds[i, j] = p[i, j]"
SQUARE = "param w\nloss = w**2\nclaim d(loss)/dw = 2*w\n"


def test_a_true_claim_exits_with_0(capsys):
    assert run(["check", "softmax_nll", "--claim", GOOD]) == 0
    assert "proved" in capsys.readouterr().out


def test_a_false_claim_exits_with_1_and_is_explained(capsys):
    assert run(["check", "softmax_nll", "--claim", GOOD, "--claim", BAD]) == 1
    out = capsys.readouterr().out
    assert "refuted" in out
    assert "left, right = " in out
    assert "correct: dL[i]/ds[i, j] = p[i, j] - " in out


@pytest.mark.parametrize(
    "arguments", [["softmax_nll"], ["softmax_nll", "--claim", "dL["], ["no_such_model"]]
)
def test_wrong_input_exits_with_2(arguments, capsys):
    assert run(["check", *arguments]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert captured.err


def test_the_claims_of_a_file_are_judged(tmp_path, capsys):
    path = tmp_path / "square.sym"
    path.write_text(SQUARE)
    assert run(["check", str(path)]) == 0
    assert capsys.readouterr().out.startswith("proved: d(loss)/dw = 2*w")


def test_check_returns_a_verdict_for_each_claim():
    good, bad = sd.check("softmax_nll", [GOOD, BAD])
    assert (good.kind, bad.kind) == ("proved", "refuted")
    assert good.holds
    assert not bad.holds


def test_one_claim_may_stand_alone():
    (verdict,) = sd.check("softmax_nll", GOOD)
    assert verdict.kind == "proved"


@pytest.mark.parametrize("claims", [[1], [GOOD, None], 1, [b"A = B"]])
def test_what_is_no_text_is_no_claim(claims):
    with pytest.raises(sd.InputError, match="the text of a claim was expected, such as 'A = B'"):
        sd.check("softmax_nll", claims)


def test_an_empty_text_is_no_claim():
    with pytest.raises(sd.InputError, match="there is nothing; expected one line"):
        sd.check("softmax_nll", "")


def test_claims_of_the_catalog_have_names(capsys):
    assert run(["check", "x3_rounding"]) == 1
    out = capsys.readouterr().out
    assert "correct: p[j] ~ [0.450, 0.550] with s = [1, 1.1], beta = 2\n\nrefuted: " in out


def test_a_misspelt_name_of_claims_gets_the_nearest(capsys):
    assert run(["check", "b3_tann"]) == 2
    assert "b3_tanh" in capsys.readouterr().err
