"""What the lecture states holds, as far as it does; its mistakes are found and set right."""

import math

import pytest

from symderive.catalog import claim_files
from symderive.notation.sym import read_claim
from symderive.pipeline.checking import check
from symderive.pipeline.models import resolve
from symderive.verify.claims import judge

pytestmark = pytest.mark.xdist_group("lecture claims")  # each claim is judged once

#: For each file the verdicts on its claims, in order.
VERDICTS = {
    "b1_kl_divergence": ["proved", "verified", "verified"],
    "b2_derivatives": ["proved"] * 4,
    "b3_tanh": ["proved"] * 2,
    "b4_softmax_shift": ["proved"] * 3,
    "b5_two_classes": ["proved", "verified"],
    "b6_likelihood": ["proved"] * 4,
    "b7_margins_met": ["verified"] * 3,
    "b8_bits": ["verified"] * 2,
    "b9_convexity": ["verified", *["refuted"] * 4],
    "b10_maxout": ["proved"] * 3,
    "b11_upper_bounds": ["proved"] * 3,
    "b13_saturation": [
        "verified", "proved", "proved", "verified", "proved", "proved", "proved", "proved",
        "verified",
    ],
    "x1_temperature": ["refuted"],
    "x2_missing_minus": ["refuted"],
    "x3_rounding": ["refuted"] * 3,
    "x4_output_update": ["ill-typed"],
    "x6_zero_one": ["ill-typed", "refuted"],
    "x7_bias": ["refuted"],
    "x8_one_path": ["ill-typed"],
    "x9_prelu": ["refuted", "refuted"],
}  # fmt: skip

#: The line that a mistake should have been, and a part of what is said of it.
CORRECTED = {
    ("x1_temperature", 0): ("increasing H in T", "increasing"),
    ("x2_missing_minus", 0): (
        (
            "L[i] = -sum[j](v[i, j] * log(sigmoid(f[i, j]))"
            " + (1 - v[i, j]) * log(1 - sigmoid(f[i, j])))"
        ),
        "sign",
    ),
    ("x3_rounding", 0): ("p[j] ~ [0.450, 0.550] with s = [1, 1.1], beta = 2", ""),
    ("x3_rounding", 1): ("sigmoid(0.1) ~ 0.525", "cut off"),
    ("x3_rounding", 2): ("sigmoid(9.9) ~ 1.00", "cut off"),
    ("x4_output_update", 0): ("dL[i]/dwo[k, j] = deltao[i, k] * h[i, j]", "holds"),
    ("x6_zero_one", 0): ("wrong[i] = [best[i] != y[i]]", ""),
    ("x6_zero_one", 1): ("wrong[i] = [best[i] != y[i]]", ""),
    ("x7_bias", 0): ("g = sigmoid(sum[i](w[i] * x[i]) + b)", "b is missing"),
    ("x8_one_path", 0): (
        "dL[i]/dh[i, j] = sum[m](dL[i]/dyhat[i, m] * dyhat[i, m]/dg[i, m] * dg[i, m]/dh[i, j])",
        "holds",
    ),
    ("x9_prelu", 0): ("prelu = max(x, alpha * x) if alpha <= 1", "alpha > 1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def verdicts():
    return {}


def judged(name, verdicts):
    if name not in verdicts:
        verdicts[name] = check(name)
    return verdicts[name]


def test_every_file_of_claims_is_in_the_table():
    assert list(claim_files()) == list(VERDICTS)


@pytest.mark.untraced
@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdicts(name, verdicts):
    found = judged(name, verdicts)
    assert [verdict.kind for verdict in found] == VERDICTS[name], "\n".join(map(str, found))


@pytest.mark.untraced
@pytest.mark.parametrize(("name", "place"), CORRECTED)
def test_a_mistake_is_set_right(name, place, verdicts):
    line, said = CORRECTED[name, place]
    verdict = judged(name, verdicts)[place]
    assert verdict.corrected == line
    assert said in verdict.slip
    model = resolve(name)
    assert judge(read_claim(line, model), model).kind in ("proved", "verified")


def example(name, place, verdicts):
    values = {}
    exec(judged(name, verdicts)[place].counterexample.text, values)  # noqa: S102 - pasted
    return values


def test_the_entropy_rises_with_the_temperature(verdicts):
    v = example("x1_temperature", 0, verdicts)

    def entropy(T):
        powers = [math.exp(s / T) for s in v["s"]]
        return -sum(e / sum(powers) * math.log(e / sum(powers)) for e in powers)

    assert v["T_before"] < v["T"] < v["T_after"]
    before, after = v["before"], v["after"]
    assert before == pytest.approx(entropy(v["T_before"]))
    assert after == pytest.approx(entropy(v["T_after"]))
    assert before < v["here"] < after


def test_the_loss_without_its_minus_sign(verdicts):
    v = example("x2_missing_minus", 0, verdicts)
    f, label = v["f"][0][0], v["v"][0][0]
    q = 1 / (1 + math.exp(-f))
    assert v["left"] == pytest.approx(-math.log(q if label else 1 - q))
    assert v["right"] == pytest.approx(-v["left"])


def test_the_softmax_that_was_rounded(verdicts):
    v = example("x3_rounding", 0, verdicts)
    powers = [math.exp(v["beta"] * s) for s in v["s"]]
    assert v["left"] == pytest.approx(powers[v["j"]] / sum(powers))
    assert v["right"] == 0.451


def test_the_score_below_0_that_wins(verdicts):
    v = example("x6_zero_one", 1, verdicts)
    row, label = v["f"][v["i"]], v["y"][v["i"]]
    assert v["left"] == (row.index(max(row)) != label)
    assert v["right"] == (row[label] < 0)


def test_the_bias_that_was_dropped(verdicts):
    v = example("x7_bias", 0, verdicts)
    score = sum(w * x for w, x in zip(v["w"], v["x"], strict=True))
    assert v["left"] == pytest.approx(1 / (1 + math.exp(-score - v["b"])))
    assert v["right"] == pytest.approx(1 / (1 + math.exp(-score)))


def test_the_slope_above_1(verdicts):
    v = example("x9_prelu", 0, verdicts)
    x, alpha = v["x"], v["alpha"]
    assert alpha > 1
    assert (v["left"], v["right"]) == (x if x > 0 else alpha * x, max(x, alpha * x))
