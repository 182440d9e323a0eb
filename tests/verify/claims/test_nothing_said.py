"""Claims of which nothing can be said are an error; what is undefined on the way refutes none."""

import pytest

from symderive.cli.app import run
from symderive.errors import InputError
from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge

SCALARS = "data x\ndata y\nf = x**2"
FOCAL = """
data s[N, C]
label y[N] in C
const g = 2 in [0, oo)
index i: N
index j, k: C
p[i, j] = exp(s[i, j]) / sum[k](exp(s[i, k]))
L[i] = -(1 - p[i, y[i]])**g * log(p[i, y[i]])
"""


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(
    ("claim", "place"),
    [
        ("convex f in x if x == y", "line 1, column 18: no line was found along x"),
        ("increasing f in x if x == 2", "line 1, column 22: no line"),
        ("f >= 1 if x > 1 and x < 0", "line 1, column 11: no point"),
        ("f = y if x != x", "line 1, column 10: no point"),
        ("log(-1 - f) = log(-2 - f)", "line 1, column 1: no point"),
        ("log(a) <= log(a) + 1 for a in [-2, -1]", "line 1, column 1: no point"),
        ("convex log(-1 - f) in x", "line 1, column 1: no line"),
        ("limit[x -> oo](log(-1 - f)) = 0", "line 1, column 1: no point"),
    ],
)
def test_a_claim_that_says_nothing_anywhere_is_an_error(claim, place):
    with pytest.raises(InputError) as error:
        verdict(SCALARS, claim)
    assert place in str(error.value)


def test_the_command_exits_with_2_for_it(tmp_path, capsys):
    path = tmp_path / "empty.sym"
    path.write_text(f"{SCALARS}\n\nclaim f = y if x != x\n")
    assert run(["check", str(path)]) == 2
    assert "line 5, column " in capsys.readouterr().err


def test_a_derivative_that_is_undefined_on_the_way_refutes_nothing():
    assert verdict(FOCAL, "sum[j](dL[i]/ds[i, j]) = 0").kind in ("verified", "proved")
    wrong = verdict(FOCAL, "sum[j](dL[i]/ds[i, j]) = [C == 3]")
    assert wrong.kind == "refuted"
    assert "nan" not in wrong.counterexample.text
