"""Losses have the values of their published formulas, written here once more without indices.

For those of torch.nn the formula is the one in its documentation, with its default reduction.
"""

from __future__ import annotations

import pytest
from mpmath import exp, fsum, log, mpf, sqrt

from symderive import catalog


def mean(values):
    values = list(values)
    return fsum(values) / len(values)


def dot(a, b):
    return fsum(x * y for x, y in zip(a, b, strict=True))


def linear(w, x):
    """Scores of each sample for each class."""
    return [[dot(of_class, row) for of_class in w] for row in x]


def sigmoid(s):
    return 1 / (1 + exp(-s))


def softmax(scores):
    return [exp(s) / fsum(map(exp, scores)) for s in scores]


def xlogy(x, y):
    return mpf(0) if x == 0 else x * log(y)


def two_sided(y, q):
    """Minus the log-likelihood of y under the probability q."""
    return -xlogy(y, q) - xlogy(1 - y, 1 - q)


def elementwise(loss):
    """The mean of ``loss`` over the samples of all its arguments."""

    def of_samples(*arrays, **constants):
        return mean(loss(*values, **constants) for values in zip(*arrays, strict=True))

    return of_samples


def norm(a, b, epsilon):
    return sqrt(fsum((x - y + epsilon) ** 2 for x, y in zip(a, b, strict=True)))


def cosine(a, b, epsilon):
    return dot(a, b) / sqrt((dot(a, a) + epsilon) * (dot(b, b) + epsilon))


def hinge(y, scores, Delta, power=1):
    return fsum(max(0, s - scores[y] + Delta) ** power for j, s in enumerate(scores) if j != y)


def nll(y, scores):
    return -log(softmax(scores)[y])


def first_best(scores):
    return max(range(len(scores)), key=lambda j: (scores[j], -j))


def structured(x, y, Delta, w):
    """``x`` holds the features of each candidate."""
    scores = [dot(w, features) for features in x]
    return max(cost + score for cost, score in zip(Delta[y], scores, strict=True)) - scores[y]


def multilabel_margin(s, y):
    right = [score for score, one in zip(s, y, strict=True) if one == 1]
    wrong = [score for score, one in zip(s, y, strict=True) if one == 0]
    return fsum(max(0, 1 - (a - b)) for a in right for b in wrong) / len(s)


def smoothed(s, y, epsilon):
    p = softmax(s)
    return -(1 - epsilon) * log(p[y]) - epsilon * mean(log(q) for q in p)


def cross_entropy_weighted(s, y, c):
    losses = [c[label] * nll(label, scores) for scores, label in zip(s, y, strict=True)]
    return fsum(losses) / fsum(c[label] for label in y)


#: In the order of each model's inputs.
FORMULAS = {
    # with linear scores
    "hinge": lambda x, y, w, Delta: elementwise(hinge)(y, linear(w, x), Delta=Delta),
    "squared_hinge": lambda x, y, w, Delta: elementwise(hinge)(
        y, linear(w, x), Delta=Delta, power=2
    ),
    "softmax_nll": lambda x, y, w: elementwise(nll)(y, linear(w, x)),
    "softmax_nll_temperature": lambda x, y, w, T: elementwise(
        lambda label, s: nll(label, [score / T for score in s])
    )(y, linear(w, x)),
    "softmax_nll_base": lambda x, y, w, b: elementwise(
        lambda label, s: nll(label, [score * log(b) for score in s])
    )(y, linear(w, x)),
    "binary_logistic": lambda x, y, w, b: elementwise(
        lambda row, label: two_sided(label, sigmoid(dot(w, row) + b))
    )(x, y),
    "squared_error": lambda x, y, w, b: elementwise(
        lambda row, target: (dot(w, row) + b - target) ** 2
    )(x, y),
    "structured_hinge": lambda phi, Delta, y, w: elementwise(structured)(phi, y, Delta=Delta, w=w),
    "zero_one": lambda x, y, w, b: elementwise(
        lambda row, label: mpf(label * (dot(w, row) + b) < 0)
    )(x, y),
    "zero_one_multiclass": lambda x, y, w: elementwise(
        lambda label, s: mpf(first_best(s) != label)
    )(y, linear(w, x)),
    # of scores or predictions
    "multilabel_hinge": elementwise(
        lambda f, y: fsum(max(0, 1 - a * b) for a, b in zip(f, y, strict=True))
    ),
    "multilabel_logistic": elementwise(
        lambda f, y: fsum(two_sided(b, sigmoid(a)) for a, b in zip(f, y, strict=True))
    ),
    "power_error": lambda s, y, q: elementwise(
        lambda a, b: fsum(abs(c - d) ** q for c, d in zip(a, b, strict=True))
    )(s, y),
    "absolute_error": elementwise(lambda a, b: fsum(abs(c - d) for c, d in zip(a, b, strict=True))),
    "sum_of_squares": elementwise(
        lambda a, b: fsum((c - d) ** 2 for c, d in zip(a, b, strict=True))
    ),
    "half_squared_error": elementwise(
        lambda a, b: fsum((c - d) ** 2 for c, d in zip(a, b, strict=True)) / 2
    ),
    # of the margin, for each sample
    "margin_zero_one": lambda t: [mpf(1) if one < 0 else mpf(0) for one in t],
    "margin_square": lambda t: [(1 - one) ** 2 for one in t],
    "margin_hinge": lambda t: [max(1 - one, mpf(0)) for one in t],
    "margin_logistic": lambda t: [-log(sigmoid(one)) for one in t],
    "margin_logistic_bits": lambda t: [-log(sigmoid(one)) / log(2) for one in t],
    # of torch.nn
    "l1": elementwise(lambda x, y: abs(x - y)),
    "mse": elementwise(lambda x, y: (x - y) ** 2),
    "huber": lambda x, y, delta: elementwise(
        lambda a, b: (a - b) ** 2 / 2 if abs(a - b) < delta else delta * (abs(a - b) - delta / 2)
    )(x, y),
    "smooth_l1": lambda x, y, beta: elementwise(
        lambda a, b: (a - b) ** 2 / (2 * beta) if abs(a - b) < beta else abs(a - b) - beta / 2
    )(x, y),
    "kl_div": elementwise(
        lambda u, p: fsum(xlogy(a, a) - a * b for a, b in zip(p, u, strict=True))
    ),
    "kl_div_log_target": elementwise(
        lambda u, v: fsum(exp(a) * (a - b) for a, b in zip(v, u, strict=True))
    ),
    "poisson_nll": elementwise(lambda s, y: exp(s) - y * s),
    "poisson_nll_rate": lambda r, y, epsilon: elementwise(
        lambda rate, count: rate - count * log(rate + epsilon)
    )(r, y),
    "gaussian_nll": lambda mu, v, y, epsilon: elementwise(
        lambda m, var, t: (log(max(var, epsilon)) + (m - t) ** 2 / max(var, epsilon)) / 2
    )(mu, v, y),
    "margin_ranking": lambda a, b, y, margin: elementwise(
        lambda one, other, sign: max(0, -sign * (one - other) + margin)
    )(a, b, y),
    "hinge_embedding": lambda d, y, margin: elementwise(
        lambda distance, sign: distance if sign == 1 else max(0, margin - distance)
    )(d, y),
    "multi_margin": lambda s, y, margin: elementwise(
        lambda scores, label: hinge(label, scores, margin) / len(scores)
    )(s, y),
    "multilabel_margin": elementwise(multilabel_margin),
    "cosine_embedding": lambda a, b, y, margin, epsilon: elementwise(
        lambda one, other, sign: (
            1 - cosine(one, other, epsilon)
            if sign == 1
            else max(0, cosine(one, other, epsilon) - margin)
        )
    )(a, b, y),
    "triplet_margin": lambda a, p, n, margin, epsilon: elementwise(
        lambda one, near, far: max(norm(one, near, epsilon) - norm(one, far, epsilon) + margin, 0)
    )(a, p, n),
    "soft_margin": elementwise(
        lambda s, y: mean(log(1 + exp(-a * b)) for a, b in zip(s, y, strict=True))
    ),
    "multilabel_soft_margin": elementwise(
        lambda s, y: mean(two_sided(b, sigmoid(a)) for a, b in zip(s, y, strict=True))
    ),
    "bce": elementwise(lambda q, y: two_sided(y, q)),
    "bce_with_logits": elementwise(lambda s, y: two_sided(y, sigmoid(s))),
    "cross_entropy_of_scores": elementwise(lambda s, y: nll(y, s)),
    "cross_entropy_smoothed": lambda s, y, epsilon: elementwise(smoothed)(s, y, epsilon=epsilon),
    "cross_entropy_weighted": cross_entropy_weighted,
    "nll": elementwise(lambda u, y: -u[y]),
    "focal": lambda s, y, gamma: elementwise(
        lambda scores, label: -((1 - softmax(scores)[label]) ** gamma) * log(softmax(scores)[label])
    )(s, y),
}


def test_every_loss_has_a_formula_here():
    names = {name for name in catalog.names() if catalog.load(name).kind == "losses"}
    assert names == set(FORMULAS)


@pytest.mark.parametrize("name", FORMULAS)
def test_values(checked, name):
    model = catalog.load(name)

    def by_position(**inputs):
        return FORMULAS[name](*(inputs[d.name] for d in model.declarations))

    assert checked(model, by_position)
