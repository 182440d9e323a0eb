"""Where an equation counts is inferred from its uses, however many equations lie between."""

from __future__ import annotations

import math

from sympy import log, sqrt

from symderive.derive import gradient
from symderive.expr import TRUE, AllOf, Where, all_of, any_of, compare
from symderive.model import (
    argmax,
    axes,
    bracket,
    build,
    condition,
    data,
    define,
    exp,
    indices,
    label,
    param,
    tensor,
    total,
)
from symderive.model.evaluate import Evaluator, Point
from symderive.stabilise import stabilise, stabilise_gradient

N, C = axes("N C")
(i, n), (j, l) = indices("i n", N), indices("j l", C)
x, A, z = param("x", N), param("A", C, C), data("z", N, C)
y, t = label("y", N, into=C), label("t", N, into=N)
u, v, r, loss = tensor("u", (N,)), tensor("v", (N,)), tensor("r", (N,)), tensor("loss")
Q = tensor("Q", (N, C))
positive = condition(x[i], ">", 0)
big = condition(x[i], ">", 1)


def wheres(*definitions):
    """Name -> condition, of the stable model."""
    model = build("made", [x, A, z, y, t], definitions)
    made = stabilise(model).model
    assert stabilise(made).model == made
    return {equation.name: equation.where for equation in made.equations}


def test_a_condition_of_the_only_use_guards_a_logarithm():
    found = wheres(define(u[i], log(x[i])), define(loss(), total(u[i], i, where=positive)))
    assert found == {"u": positive, "loss": TRUE}


def test_the_condition_reaches_through_equations_that_cannot_fail_themselves():
    found = wheres(
        define(u[i], log(x[i])),
        define(v[i], 2 * u[i]),
        define(r[i], v[i] + x[i]),
        define(loss(), total(r[n], n, where=condition(x[n], ">", 0))),
    )
    assert found["u"] == found["v"] == found["r"] == positive


def test_the_value_and_the_gradient_are_finite_where_it_does_not_count():
    model = build(
        "logs",
        [x],
        [
            define(u[i], log(x[i])),
            define(v[i], 2 * u[i]),
            define(loss(), total(v[i], i, where=positive)),
        ],
    )
    made = stabilise_gradient(gradient(stabilise(model).model))
    point = Point({N: 3}, {"x": {(0,): 0.0, (1,): -1.0, (2,): 2.0}, "∂loss": {(): 1.0}})
    evaluator = Evaluator(made.equations, point)
    assert evaluator.value("loss", ()) == 2 * math.log(2.0)
    assert [evaluator.value("∂x", (place,)) for place in range(3)] == [0.0, 0.0, 1.0]


def test_the_union_of_all_uses_counts():
    found = wheres(
        define(u[i], 1 / x[i]),
        define(
            loss(),
            total(u[i], i, where=positive) + total(bracket(condition(x[i], "<", -1)) * u[i], i),
        ),
    )
    assert found["u"] == any_of([positive, condition(x[i], "<", -1)])


def test_one_use_without_a_condition_lifts_the_guard():
    found = wheres(
        define(u[i], log(x[i])),
        define(loss(), total(u[i], i, where=positive) + total(u[i], i)),
    )
    assert found["u"] == TRUE


def test_branches_guard():
    found = wheres(
        define(u[i], log(x[i])),
        define(v[i], sqrt(-x[i])),
        define(loss(), total(Where(positive, u[i], v[i] + 1), i)),
    )
    assert found == {"u": positive, "v": condition(x[i], "<=", 0), "loss": TRUE}


def test_conditions_around_each_other_are_joined():
    found = wheres(
        define(u[i], log(x[i])),
        define(loss(), total(bracket(big) * total(u[i] * z[i, j], j), i, where=positive)),
    )
    assert found["u"] == all_of([positive, big])


def test_a_gather_says_where_it_looks():
    found = wheres(
        define(Q[i, j], log(z[i, j])),
        define(loss(), total(Q[i, y[i]], i)),
    )
    assert found["Q"] == compare("==", j, y[i])


def test_a_diagonal_says_where_it_looks():
    B = tensor("B", (C, C))
    found = wheres(define(B[j, l], log(A[j, l])), define(loss(), total(B[j, j], j)))
    assert found["B"] == compare("==", j, l)


def test_a_gather_through_another_letter_says_nothing():
    found = wheres(define(u[i], log(x[i])), define(loss(), total(u[t[i]], i, where=positive)))
    assert found["u"] == TRUE


def test_what_a_condition_says_of_other_indices_is_left_out():
    found = wheres(
        define(u[i], log(x[i])),
        define(
            loss(), total(u[i] * z[i, j], i, j, where=AllOf(condition(z[i, j], ">", 0), positive))
        ),
    )
    assert found["u"] == positive


def test_a_condition_on_what_stands_below_cannot_guard():
    found = wheres(
        define(u[i], log(x[i])),
        define(v[i], x[i] ** 2),
        define(loss(), total(u[i], i, where=condition(v[i], ">", 1))),
    )
    assert found["u"] == TRUE


def test_what_a_condition_looks_at_counts_wherever_the_condition_does():
    found = wheres(
        define(u[i], log(x[i])),
        define(loss(), total(u[i], i, where=condition(u[i], ">", 0))),
    )
    assert found["u"] == TRUE


def test_what_cannot_fail_is_not_guarded():
    found = wheres(
        define(u[i], x[i] ** 2 + 1),
        define(Q[i, j], exp(z[i, j]) / total(exp(z[i, l]), l)),
        define(loss(), total(u[i] * Q[i, y[i]], i, where=positive)),
    )
    assert found["u"] == found["Q"] == TRUE


def test_many_alternatives_are_too_many():
    cases = [condition(x[i], "==", number) for number in range(6)]
    found = wheres(
        define(u[i], log(x[i])),
        define(loss(), sum(total(u[i] * n, i, where=case) for n, case in enumerate(cases, 1))),
    )
    assert found["u"] == TRUE


def test_a_masked_softmax_counts_where_its_scores_do():
    p = tensor("p", (N, C))
    allowed = condition(z[i, j], ">", 0)
    inner = total(exp(z[i, l]), l, where=condition(z[i, l], ">", 0))
    found = wheres(
        define(p[i, j], exp(z[i, j]) / inner),
        define(loss(), total(p[i, j] * x[i], i, j, where=allowed)),
    )
    assert found["p"] == allowed


def test_the_output_counts_everywhere():
    model = build("made", [x], [define(u[i], log(x[i]))])
    assert stabilise(model).model.output.where == TRUE


def test_labels_are_no_numbers_that_fail():
    best = tensor("best", (N,), C)
    model = build(
        "made",
        [z],
        [
            define(best[i], argmax(log(z[i, j]), j)),
            define(loss(), total(z[i, best[i]], i)),
        ],
    )
    assert [equation.where for equation in stabilise(model).model.equations] == [TRUE, TRUE]
