"""Points: in the declared domains, at kinks and away from them, every pattern of coincidence."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, oo, sqrt

from symderive.catalog import hinge, softmax_nll
from symderive.errors import InputError
from symderive.expr import Tensor
from symderive.model import (
    REALS,
    Declaration,
    Domain,
    axes,
    build,
    const,
    data,
    define,
    indices,
    label,
    total,
)
from symderive.model.points import (
    assignments,
    contains,
    points,
    positions,
    rounded,
    size_choices,
    smooth,
)

N, C, D, V = axes("N C D V")
i, n = indices("i n", N)
j, l, m = indices("j l m", C)

OPEN = Domain(low=Integer(0), high=Integer(1))
CLOSED = Domain(low=Integer(0), high=Integer(1), low_closed=True, high_closed=True)
SIGNS = Domain(values=(Integer(-1), Integer(1)))
SIMPLEX = Domain(simplex=True)
TINY = Domain(low=Integer(0), high=Rational(1, 10**6))
DOMAINS = {
    "reals": REALS,
    "open": OPEN,
    "closed": CLOSED,
    "positive": Domain(low=Integer(0)),
    "from one": Domain(low=Integer(1), low_closed=True),
    "negative": Domain(high=Integer(0)),
    "up to five": Domain(high=Integer(5), high_closed=True),
    "irrational": Domain(low=sqrt(2), low_closed=True, high=Integer(2)),
    "tiny": TINY,
    "point": Domain(low=Integer(3), high=Integer(3), low_closed=True, high_closed=True),
    "signs": SIGNS,
    "thirds": Domain(values=(Rational(1, 3), Integer(1))),
}


def seeded(seed=0):
    return random.Random(seed)  # noqa: S311 - points, not secrets


def model_of(*declarations):
    return build("m", declarations, [define(Tensor("t")(), 1)])


def all_points(*declarations, seed=0, **options):
    return list(points(model_of(*declarations), seeded(seed), **options))


def values(found, name):
    return [list(point.inputs[name].values()) for point in found]


# Domains


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
@given(st.integers(0, 2**32))
def test_every_value_lies_in_its_domain(domain, seed):
    rng = seeded(seed)
    assert contains(domain, smooth(domain, rng))
    assert contains(domain, rounded(domain, rng))


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (OPEN, [0.5], [0, 1, -1, 2]),
        (CLOSED, [0, 1, 0.5], [-1, 2]),
        (SIGNS, [-1, 1], [0]),
        (REALS, [0, 1e300], [float("inf"), float("nan")]),
        (Domain(low=-oo, high=Integer(2), high_closed=True), [2, -100], [3]),
    ],
)
def test_a_domain_contains_its_values(domain, inside, outside):
    assert all(contains(domain, value) for value in inside)
    assert not any(contains(domain, value) for value in outside)


@pytest.mark.parametrize("name", ["reals", "closed", "positive", "from one", "negative"])
def test_round_values_are_small_integers(name):
    rng = seeded()
    assert all(isinstance(rounded(DOMAINS[name], rng), int) for _ in range(50))


def test_round_values_of_a_half_line_differ():
    rng = seeded()
    assert {rounded(DOMAINS["positive"], rng) for _ in range(50)} == {1, 2, 3}


def test_round_values_reach_the_ends_that_belong_to_a_domain():
    rng = seeded()
    assert {rounded(CLOSED, rng) for _ in range(50)} == {0, 1}
    assert float(sqrt(2)) in {rounded(DOMAINS["irrational"], rng) for _ in range(50)}


def test_round_values_of_a_domain_without_integers_are_smooth():
    assert isinstance(rounded(OPEN, seeded()), float)


def test_smooth_values_are_exact_in_float32():
    rng = seeded()
    assert all((smooth(REALS, rng) * 1024).is_integer() for _ in range(50))


def test_smooth_values_of_a_narrow_domain_are_inside():
    assert 0 < smooth(TINY, seeded()) < 1e-6


@given(st.integers(0, 2**32))
def test_a_simplex_sums_to_one_along_the_last_axis(seed):
    for point in all_points(data("p", N, C, domain=SIMPLEX), seed=seed):
        for row in range(point.sizes[N]):
            parts = [point.inputs["p"][row, place] for place in range(point.sizes[C])]
            assert sum(parts) == 1
            assert min(parts) >= 0


def test_a_simplex_has_corners_edges_and_inner_points():
    found = all_points(data("p", C, domain=SIMPLEX), sizes=(3,))
    zeros = {sum(part == 0 for part in parts) for parts in values(found, "p")}
    assert zeros == {0, 1, 2}


def test_a_scalar_simplex_is_one():
    assert values(all_points(data("p", domain=SIMPLEX)), "p") == [[1]] * 12


# Flavours


def test_points_are_smooth_round_and_mixed():
    found = values(all_points(data("x", N, D), sizes=(3,)), "x")
    kinds = [{type(value) for value in row} for row in found]
    assert kinds == [{float}, {int}, {int, float}, {int}]


def test_every_choice_of_sizes_has_each_flavour():
    kinds = {}
    for point in points(softmax_nll(), seeded()):
        smooth_ = all(isinstance(value, float) for value in point.inputs["w"].values())
        kinds.setdefault(tuple(point.sizes.items()), set()).add(smooth_)
    assert all(kind == {True, False} for kind in kinds.values())


def test_a_constant_takes_its_default_at_round_points():
    found = values(all_points(const("a", Rational(1, 2))), "a")
    assert [row == [0.5] for row in found] == [False, True, False, True] * 3


def test_ties_and_kinks_are_met():
    at_kink = 0
    for point in points(hinge(), seeded()):
        x, w, y = (point.inputs[name] for name in ("x", "w", "y"))
        features = range(point.sizes[D])
        for row, right in y.items():
            scores = [sum(w[c, k] * x[*row, k] for k in features) for c in range(point.sizes[C])]
            margins = [score - scores[right] + point.inputs["Delta"][()] for score in scores]
            at_kink += margins.count(0)
    assert at_kink > 0


# Labels and sizes


def test_labels_take_every_pattern_of_values():
    found = all_points(label("y", N, into=C))
    pairs = {tuple(row) for row in values(found, "y") if len(row) == 2}
    assert pairs == {(a, b) for a in range(3) for b in range(3)}


def test_two_labels_take_every_pattern_together():
    found = all_points(label("a", N, into=C), label("b", N, into=C))
    pairs = {
        (point.inputs["a"][0,], point.inputs["b"][0,])
        for point in found
        if point.sizes == {N: 1, C: 2}
    }
    assert pairs == {(a, b) for a in range(2) for b in range(2)}


def test_many_labels_are_selected_from():
    found = all_points(label("y", N, into=C), sizes=(5, 6), most_labels=10)
    rows = values(found, "y")
    assert len(rows) == 20
    assert [0] * 5 in rows
    assert [0, 1, 2, 3, 4] in rows


def test_a_scalar_label_is_a_position():
    assert values(all_points(label("y", into=C), sizes=(2,)), "y") == [[0], [1], [0], [1]]


def test_labels_stay_on_their_axis():
    for point in all_points(label("y", N, into=C)):
        assert set(point.inputs["y"].values()) <= set(range(point.sizes[C]))


def test_the_axes_of_a_label_have_different_sizes():
    found = all_points(data("x", N, D, V), label("y", N, into=V))
    assert all(point.sizes[N] != point.sizes[V] for point in found)


def test_every_axis_takes_every_size():
    found = list(points(hinge(), seeded()))
    assert all({point.sizes[axis] for point in found} == {1, 2, 3} for axis in hinge().axes)


def test_an_axis_that_only_an_equation_has_gets_a_size():
    x, t = data("x"), Tensor("t")
    model = build("m", [x], [define(t(), total(x.tensor(), i))])
    assert {point.sizes[N] for point in points(model, seeded())} == {1, 2, 3}


def test_a_model_without_axes_has_points():
    assert [point.sizes for point in all_points(data("x"))] == [{}] * 12


def test_further_inputs_get_values():
    extra = Declaration(Tensor("dL", (V,)), "data")
    found = list(points(hinge(), seeded(), also=[extra]))
    assert all(len(point.inputs["dL"]) == point.sizes[V] for point in found)


def test_sizes_are_needed():
    with pytest.raises(InputError, match="at least one size"):
        list(size_choices([N], ()))


def test_positions_are_all_of_them():
    assert positions([N, C], {N: 1, C: 2}) == [(0, 0), (0, 1)]
    assert positions([], {}) == [()]


def test_assignments_have_every_pattern_of_coincidence():
    patterns = {
        (env[j] == env[l], env[l] == env[m], env[j] == env[m])
        for env in assignments([j, l, m], {C: 3})
    }
    assert len(patterns) == 5


def test_no_indices_have_one_assignment():
    assert list(assignments([], {})) == [{}]


def test_the_same_seed_gives_the_same_points():
    assert list(points(hinge(), seeded(7))) == list(points(hinge(), seeded(7)))


def test_another_seed_gives_other_points():
    assert list(points(hinge(), seeded(7))) != list(points(hinge(), seeded(8)))
