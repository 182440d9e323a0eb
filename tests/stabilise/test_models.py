"""Whole models: what they become, that it is equal, and that nothing else matters."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sympy import log, sqrt, tanh

from symderive import catalog
from symderive.derive import gradient
from symderive.expr import TRUE, Exp, Expm1, Log1p, Sigmoid, Softplus, Tensor, close
from symderive.model import (
    axes,
    build,
    condition,
    data,
    define,
    exp,
    indices,
    label,
    param,
    product,
    tensor,
    total,
)
from symderive.stabilise import computed, prove, prove_gradient, stabilise, stabilise_gradient

N, C, D = axes("N C D")
(i, n), (j, l, m), (k,) = indices("i n", N), indices("j l m", C), indices("k", D)
s, y, x, w, t = (
    param("s", N, C),
    label("y", N, into=C),
    data("x", N),
    param("w", N),
    data("t", N, C),
)
p, q, u, v, L, Z, e = (tensor(name, (N, C)) for name in ("p", "q", "u", "v", "L", "Z", "e"))
loss = tensor("loss")


def model_of(*definitions, declared=(s, y, x, w, t)):
    return build("made", declared, definitions)


def rhs(made, name):
    equation = made.model.equation(name)
    return None if equation is None else equation.rhs


def lse_of(operand, over=l):
    return close("lse", (over,), operand)


def vector(name):
    return tensor(name, (N,))


# Catalog.


def rivals_of(operand, label):
    return close("lse", (l,), operand, condition(l, "!=", label))


def test_softmax_likelihood_is_a_softplus_of_what_the_rivals_have_more():
    made = stabilise(catalog.load("softmax_nll"))
    model = made.original
    scores, y = model.tensor("s"), model.tensor("y")
    assert rhs(made, "L") == Softplus(rivals_of(scores[i, l], y[i]) - scores[i, y[i]])
    assert made.model.equation("p") is None  # nothing uses it any more
    assert [step.rule for step in made.of("L")] == [
        "definition",
        "log quotient",
        "log exp",
        "log sum exp",
        "less own term",
    ]


def test_binary_logistic_loss_has_no_difference_that_cancels():
    made = stabilise(catalog.load("binary_logistic"))
    scores, y = made.original.tensor("s")[i], made.original.tensor("y")[i]
    assert rhs(made, "L") == y * Softplus(-scores) + (1 - y) * Softplus(scores)
    adjoint = stabilise_gradient(gradient(made.model)).adjoints[1]
    upstream = Tensor("∂L", (N,))[i]
    assert adjoint.rhs == ((1 - y) * Sigmoid(scores) - y * Sigmoid(-scores)) * upstream


@pytest.mark.parametrize(
    ("name", "function"), [("sigmoid", Sigmoid), ("tanh", tanh), ("softplus", Softplus)]
)
def test_an_activation_written_in_exponentials_is_one_function(name, function):
    made = stabilise(catalog.load(name))
    assert rhs(made, "y") == function(made.original.tensor("x")[i])


def test_derivatives_of_activations_do_not_cancel():
    def adjoint(name):
        made = stabilise_gradient(gradient(stabilise(catalog.load(name)).model))
        return made.adjoints[-1].rhs / Tensor("∂y", (N,))[i], made.primal.tensor("x")[i]

    slope, at = adjoint("sigmoid")
    assert slope == Tensor("y", (N,))[i] * Sigmoid(-at)
    slope, at = adjoint("tanh")
    assert slope == 4 * Sigmoid(2 * at) * Sigmoid(-2 * at)
    slope, at = adjoint("softplus")
    assert slope == Sigmoid(at)


@pytest.mark.parametrize("name", ["hinge", "squared_error", "relu", "huber", "leaky_relu"])
def test_what_is_stable_stays_as_it_is(name):
    made = stabilise(catalog.load(name))
    assert made.model == made.original
    assert not made.rewrites


@pytest.mark.parametrize("name", catalog.names())
def test_a_stable_model_of_the_catalog_is_proved_equal_and_stays(name):
    made = stabilise(catalog.load(name))
    assert prove(made).faults == ()
    again = stabilise(made.model)
    assert again.model == made.model
    assert not again.rewrites


@pytest.mark.parametrize("name", catalog.names())
def test_the_stable_gradient_is_the_gradient(name):
    model = catalog.load(name)
    wrt = [declaration.name for declaration in model.real_inputs]
    stable = stabilise_gradient(gradient(stabilise(model).model, wrt))
    assert prove_gradient(gradient(model, wrt), stable).faults == ()
    assert stabilise_gradient(stable) == stable


@pytest.mark.parametrize(
    "name", ["softmax_nll", "binary_logistic", "sigmoid", "softplus", "softmax"]
)
def test_how_it_is_computed_is_proved_too(name):
    made = stabilise(catalog.load(name))
    steps = computed(made.model)
    assert steps
    assert prove(type(made)(made.model, made.model, steps)).faults == ()


# Names that are looked through, kept, dropped and made.


def test_a_definition_that_is_still_used_stays_as_a_stable_softmax():
    softmax = define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l))
    made = stabilise(model_of(softmax, define(loss(), total(p[i, y[i]] ** 2 - log(p[i, y[i]]), i))))
    names = [equation.name for equation in made.model.equations]
    assert names == ["p", "loss"]
    assert rhs(made, "p") == Exp(s[i, j] - lse_of(s[i, l]))
    likelihood = Softplus(rivals_of(s[i, l], y[i]) - s[i, y[i]])
    assert rhs(made, "loss") == total_of(p[i, y[i]] ** 2 + likelihood)
    assert prove(made)


def total_of(body):
    return close("sum", (i,), body)


def test_definitions_are_looked_up_however_many_lie_between():
    made = stabilise(
        model_of(
            define(e[i, j], exp(s[i, j])),
            define(vector("Z")[i], total(e[i, l], l)),
            define(p[i, j], e[i, j] / vector("Z")[i]),
            define(q[i, j], p[i, j]),
            define(loss(), -total(log(q[i, y[i]]), i)),
        )
    )
    assert [equation.name for equation in made.model.equations] == ["loss"]
    assert rhs(made, "loss") == total_of(Softplus(rivals_of(s[i, l], y[i]) - s[i, y[i]]))
    assert [step.reason[0] for step in made.rewrites if step.rule == "definition"] == [
        "definition of "
    ] * 4
    assert prove(made)


def test_a_quotient_of_names_is_seen_through():
    made = stabilise(
        model_of(
            define(e[i, j], exp(s[i, j])),
            define(vector("Z")[i], total(e[i, l], l)),
            define(vector("a")[i], total(e[i, j] * t[i, j], j) / vector("Z")[i]),
            define(loss(), total(vector("a")[i] ** 2, i)),
        )
    )
    assert rhs(made, "a") == close("sum", (j,), Exp(s[i, j] - lse_of(s[i, l])) * t[i, j])
    assert prove(made)


def test_what_is_not_of_exponential_form_is_not_looked_up():
    made = stabilise(
        model_of(
            define(p[i, j], s[i, j] ** 2 + 1),
            define(loss(), total(log(p[i, y[i]]), i)),
        )
    )
    assert made.model == made.original


def test_a_log_sum_exp_that_occurs_again_is_computed_once_at_other_indices_too():
    near = label("near", N, into=N)
    made = stabilise(
        model_of(
            define(vector("a")[n], log(total(exp(s[n, m]), m)) ** 2),
            define(loss(), total(vector("a")[i] + log(total(exp(s[near[i], l]), l)), i)),
            declared=(s, near),
        )
    )
    assert [equation.name for equation in made.model.equations] == ["lse's", "a", "loss"]
    lse = Tensor("lse's", (N,))
    assert rhs(made, "a") == lse[n] ** 2
    assert rhs(made, "loss") == total_of(vector("a")[i] + lse[near[i]])
    assert prove(made)


def test_a_log_sum_exp_that_has_an_equation_is_used_by_its_name():
    made = stabilise(
        model_of(
            define(vector("a")[i], log(total(exp(s[i, l]), l))),
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(loss(), total(vector("a")[i] * p[i, y[i]], i)),
        )
    )
    assert rhs(made, "p") == Exp(s[i, j] - vector("a")[i])


def test_an_argument_that_is_a_sum_gets_a_name_before_it_is_doubled():
    W, a = param("W", C, D), data("a", N, D)
    linear = total(W[j, k] * a[i, k], k)
    made = stabilise(
        model_of(
            define(p[i, j], exp(linear) / total(exp(total(W[l, k] * a[i, k], k)), l)),
            define(loss(), -total(log(p[i, y[i]]), i)),
            declared=(W, a, y),
        )
    )
    assert [equation.name for equation in made.model.equations] == ["in'loss", "loss"]
    argument = Tensor("in'loss", (N, C))
    assert made.model.equation("in'loss").tensor == argument
    assert prove(made)


def test_names_of_ours_give_way_to_those_there_are():
    made = stabilise(
        model_of(
            define(vector("a")[i], log(total(exp(s[i, l] * x[i]), l)) ** 2),
            define(vector("b")[i], log(total(exp(s[i, l] * x[i]), l)) ** 3),
            define(vector("c")[i], log(total(exp(s[i, l] ** 2 * x[i]), l)) ** 2),
            define(vector("d")[i], log(total(exp(s[i, l] ** 2 * x[i]), l)) ** 3),
            define(vector("f")[i], log(total(exp(2 * s[i, l]), l)) ** 2),
            define(
                loss(),
                total(
                    vector("a")[i]
                    + vector("b")[i]
                    + vector("c")[i]
                    + vector("d")[i]
                    + vector("f")[i]
                    + log(total(exp(2 * s[i, l]), l)),
                    i,
                ),
            ),
        )
    )
    names = [equation.name for equation in made.model.equations]
    assert names == ["lse'a", "a", "b", "lse'c", "c", "d", "lse'f", "f", "loss"]
    taken = stabilise(
        model_of(
            define(
                vector("a")[i],
                log(total(exp(s[i, l] * x[i]), l)) ** 2 + log(total(exp(s[i, l] * x[i]), l)),
            ),
            define(loss(), total(vector("a")[i], i)),
        )
    )
    assert [equation.name for equation in taken.model.equations] == ["lse'a", "a", "loss"]


def test_letters_of_a_sum_stay_with_its_log_sum_exp():
    made = stabilise(catalog.load("softmax_nll"))
    written = made.model.notation.binders
    letters = {part.cond == TRUE: written[part] for part in written if part.kind == "lse"}
    assert letters == {True: ("l",), False: ("l",)}


# Other forms.


def test_log_of_a_product_of_probabilities_is_a_sum_of_logs():
    likelihood = product(1 / (1 + exp(-x[i] * w[i])), i)
    made = stabilise(model_of(define(loss(), -log(likelihood))))
    assert rhs(made, "loss") == total_of(Softplus(-x[i] * w[i]))


def test_a_probability_of_several_classes_is_a_difference_of_log_sum_exps():
    some = condition(j, "!=", y[i])
    made = stabilise(
        model_of(
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(loss(), -total(log(total(p[i, j], j, where=some)), i)),
        )
    )
    others = close("lse", (j,), s[i, j], some)
    assert rhs(made, "loss") == total_of(Softplus(s[i, y[i]] - others))
    assert prove(made)


def test_a_contrast_with_the_others_has_no_difference_that_cancels():
    others = total(exp(s[i, l]), l, where=condition(l, "!=", y[i]))
    made = stabilise(
        model_of(define(loss(), -total(log(exp(s[i, y[i]]) / (exp(s[i, y[i]]) + others)), i)))
    )
    rival = close("lse", (l,), s[i, l], condition(l, "!=", y[i]))
    assert rhs(made, "loss") == total_of(Softplus(rival - s[i, y[i]]))
    assert prove(made)


def test_a_softmax_of_two_is_a_sigmoid():
    pair = exp(x[i]) / (exp(x[i]) + exp(w[i]))
    made = stabilise(
        model_of(define(vector("a")[i], pair), define(loss(), total(vector("a")[i], i)))
    )
    assert rhs(made, "a") == Sigmoid(x[i] - w[i])


@pytest.mark.parametrize(
    ("written", "stable"),
    [
        (1 / (1 + exp(-x[i])), Sigmoid(x[i])),
        (exp(x[i]) / (1 + exp(x[i])), Sigmoid(x[i])),
        (1 - 1 / (1 + exp(x[i])), Sigmoid(x[i])),
        (2 / (1 + exp(-2 * x[i])) - 1, tanh(x[i])),
        (1 - 2 / (exp(2 * x[i]) + 1), tanh(x[i])),
        (exp(-x[i]) / (1 + exp(-x[i])) ** 2, Sigmoid(x[i]) * Sigmoid(-x[i])),
        (log(1 + exp(-x[i])) + x[i], Softplus(x[i])),
        (log(exp(x[i]) / (1 + exp(x[i]))), -Softplus(-x[i])),
        (log(1 - 1 / (1 + exp(-x[i]))), -Softplus(x[i])),
        (log((exp(x[i]) + exp(-x[i])) / 2), x[i] + Softplus(-2 * x[i]) - log(2)),
        (exp(x[i]) / (exp(x[i]) + exp(w[i])), Sigmoid(x[i] - w[i])),
        (exp(w[i]) / (exp(x[i]) + exp(w[i])), Sigmoid(w[i] - x[i])),
        ((exp(x[i]) - 1) * w[i], Expm1(x[i]) * w[i]),
        (log(1 + x[i] ** 2), Log1p(x[i] ** 2)),
        (log(exp(x[i]) - 1), x[i] + log(-Expm1(-x[i]))),
        (1 / (3 + exp(x[i])), Sigmoid(log(3) - x[i]) / 3),
        (log(exp(x[i]) * exp(w[i])), x[i] + w[i]),
        (exp(x[i]) * exp(-w[i]), Exp(x[i] - w[i])),
    ],
)
def test_forms_of_one_function(written, stable):
    made = stabilise(
        model_of(define(vector("a")[i], written), define(loss(), total(vector("a")[i], i)))
    )
    assert rhs(made, "a") == stable
    assert prove(made)


def test_forms_with_unwieldy_derivatives_are_taken_after_differentiating():
    rooted = sqrt(1 + x[i] ** 2) - 1
    made = stabilise(
        model_of(define(vector("a")[i], rooted), define(loss(), total(vector("a")[i], i)))
    )
    assert rhs(made, "a") == rooted
    after = stabilise_gradient(gradient(made.model, ["x"]))
    assert after.primal.equation("a").rhs == x[i] ** 2 / (1 + sqrt(1 + x[i] ** 2))
    assert after.adjoints[-1].rhs == Tensor("∂a", (N,))[i] * x[i] / sqrt(1 + x[i] ** 2)


def test_a_name_of_the_forward_equations_is_put_back_in_the_gradient():
    made = stabilise(
        model_of(
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(loss(), total(p[i, j] * t[i, j], i, j) - total(log(p[i, j]), i, j)),
        )
    )
    adjoints = stabilise_gradient(gradient(made.model, ["s"])).adjoints
    assert not any(isinstance(part, Exp) for a in adjoints for part in a.rhs.atoms(Exp))


# Nothing else matters.


def test_the_order_in_which_terms_are_written_does_not_matter():
    first = log(exp(x[i]) + exp(w[i]) + 1)
    second = log(1 + (exp(w[i]) + exp(x[i])))
    results = [
        rhs(
            stabilise(
                model_of(define(vector("a")[i], f), define(loss(), total(vector("a")[i], i)))
            ),
            "a",
        )
        for f in (first, second)
    ]
    assert results[0] == results[1]


def test_letters_do_not_matter():
    def made(a, b):
        return stabilise(
            model_of(
                define(p[i, a], exp(s[i, a]) / total(exp(s[i, b]), b)),
                define(loss(), -total(log(p[i, y[i]]), i)),
            )
        )

    assert rhs(made(j, l), "loss") == rhs(made(m, j), "loss")


def test_what_ran_before_does_not_matter():
    before = stabilise(catalog.load("binary_logistic"))
    for name in ("softmax_nll", "tanh", "sigmoid", "softplus"):
        stabilise_gradient(gradient(stabilise(catalog.load(name)).model))
    assert stabilise(catalog.load("binary_logistic")) == before


SCRIPT = """
import hashlib
from symderive import catalog
from symderive.derive import gradient
from symderive.expr import order_key
from symderive.stabilise import stabilise, stabilise_gradient
seen = hashlib.sha256()
for name in ("softmax_nll", "binary_logistic", "tanh", "focal", "entropy_of_softmax"):
    made = stabilise(catalog.load(name))
    for step in made.rewrites:
        seen.update(repr((step.rule, step.equation, order_key(step.after))).encode())
    for equation in stabilise_gradient(gradient(made.model)).equations:
        seen.update(repr((equation.name, order_key(equation.rhs))).encode())
print(seen.hexdigest())
"""


def test_the_hash_seed_does_not_matter():
    def run(seed):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout

    assert len({run(seed) for seed in ("0", "1", "77")}) == 1


def test_adjoints_are_not_looked_up():
    """An adjoint that many use is computed once, whatever exponentials are in it."""
    layers = [define(vector("a")[i], exp(x[i]) * w[i] + x[i])]
    layers += [define(vector("b")[i], exp(vector("a")[i]) / (1 + exp(vector("a")[i])))]
    layers += [define(loss(), total(vector("b")[i] * exp(x[i]), i))]
    made = stabilise_gradient(gradient(stabilise(model_of(*layers)).model, ["x", "w"]))
    names = {adjoint.name for adjoint in made.adjoints}
    assert "∂a" in names
    (last,) = [adjoint for adjoint in made.adjoints if adjoint.name == "∂w"]
    assert last.rhs == Tensor("∂a", (N,))[i] * Exp(x[i])


def test_a_hundred_layers_take_a_time_that_grows_with_their_number():
    steps = []
    for layers in (10, 20):
        previous, definitions = x[i], []
        for layer in range(layers):
            name = vector(f"h{layer}")
            definitions.append(define(name[i], 1 / (1 + exp(-w[i] * previous))))
            previous = name[i]
        definitions.append(define(loss(), total(previous, i)))
        steps.append(len(stabilise(model_of(*definitions)).rewrites))
    assert steps == [10, 20]
