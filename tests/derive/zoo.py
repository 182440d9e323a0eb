"""Models that no one named: small, odd, and together through every rule of the engine.

Each function that :func:`in_zoo` marks builds one model; the tests run over all of them.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Rational, S, cos, erf, log, sign, sin, sqrt, tanh

from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Exp,
    Expm1,
    Log1p,
    Log2,
    NamedReduce,
    Sigmoid,
    Size,
    Softplus,
    Tensor,
    Where,
    Xdivy,
    Xlogy,
)
from symderive.model import (
    Domain,
    Model,
    argmax,
    argmin,
    axes,
    bracket,
    build,
    condition,
    const,
    data,
    define,
    exp,
    indices,
    label,
    largest,
    maximum,
    mean,
    minimum,
    param,
    product,
    smallest,
    tensor,
    total,
)

ZOO: dict[str, Callable[[], Model]] = {}

POSITIVE = Domain(low=Rational(1, 4))
UNIT = Domain(S.Zero, S.One)
CLOSED_UNIT = Domain(S.Zero, S.One, low_closed=True, high_closed=True)
SIMPLEX = Domain(simplex=True)
NON_NEGATIVE = Domain(low=S.Zero, low_closed=True)

N, C, D, H, T, V = axes("N C D H T V")
(i, n), (j, m, l), (k, q) = indices("i n", N), indices("j m l", C), indices("k q", D)
(h,), (t, u), (v,) = indices("h", H), indices("t u", T), indices("v", V)


def in_zoo(definition: Callable[[], Model]) -> Callable[[], Model]:
    """Put a model among those that are tested."""
    ZOO[definition.__name__] = definition
    return definition


# Gathers.


@in_zoo
def two_gathers() -> Model:
    s, y, z = param("s", N, C), label("y", N, into=C), label("z", N, into=C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "two_gathers",
        [s, y, z],
        [
            define(L[i], (s[i, y[i]] - s[i, z[i]]) ** 2 + s[i, y[i]] * s[i, z[i]]),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def embedding() -> Model:
    emb, out, tok = param("emb", V, D), param("out", D), label("tok", T, into=V)
    r, loss = tensor("r", (T,)), tensor("loss")
    return build(
        "embedding",
        [emb, out, tok],
        [
            define(r[t], total(emb[tok[t], k] * out[k], k)),
            define(loss(), total(r[t] ** 2, t)),
        ],
        sample=t,
    )


@in_zoo
def skip_gram() -> Model:
    emb, out = param("emb", V, D), param("out", V, D)
    tok, nxt = label("tok", T, into=V), label("nxt", T, into=V)
    f, L, loss = tensor("f", (T, V)), tensor("L", (T,)), tensor("loss")
    return build(
        "skip_gram",
        [emb, out, tok, nxt],
        [
            define(f[t, v], total(emb[tok[t], k] * out[v, k], k)),
            define(L[t], log(total(exp(f[t, v]), v)) - f[t, nxt[t]]),
            define(loss(), mean(L[t], t)),
        ],
        sample=t,
    )


@in_zoo
def nested_gather() -> Model:
    a, x = param("a", V, D), data("x", N, D)
    parent, y = label("parent", C, into=V), label("y", N, into=C)
    s, loss = tensor("s", (N,)), tensor("loss")
    return build(
        "nested_gather",
        [a, x, parent, y],
        [
            define(s[i], total(a[parent[y[i]], k] * x[i, k], k)),
            define(loss(), total(s[i] ** 2, i)),
        ],
        sample=i,
    )


@in_zoo
def gather_in_both_slots() -> Model:
    A, y, z = param("A", C, C), label("y", N, into=C), label("z", N, into=C)
    loss = tensor("loss")
    return build(
        "gather_in_both_slots",
        [A, y, z],
        [define(loss(), total(A[y[i], z[i]] * A[z[i], y[i]], i))],
    )


@in_zoo
def matrix_factorisation() -> Model:
    U, W, b = param("U", N, D), param("W", C, D), param("b", N)
    r, user, item = data("r", T), label("user", T, into=N), label("item", T, into=C)
    e, loss = tensor("e", (T,)), tensor("loss")
    return build(
        "matrix_factorisation",
        [U, W, b, r, user, item],
        [
            define(e[t], r[t] - total(U[user[t], k] * W[item[t], k], k) - b[user[t]]),
            define(loss(), mean(e[t] ** 2, t) + Rational(1, 10) * total(U[n, k] ** 2, n, k)),
        ],
        sample=t,
    )


@in_zoo
def triplet() -> Model:
    emb = param("emb", V, D)
    anchor, near, far = (label(name, T, into=V) for name in ("anchor", "near", "far"))
    margin = const("margin", Rational(1, 2))
    d, L, loss = tensor("d", (T,)), tensor("L", (T,)), tensor("loss")
    return build(
        "triplet",
        [emb, anchor, near, far, margin],
        [
            define(
                d[t],
                total((emb[anchor[t], k] - emb[near[t], k]) ** 2, k)
                - total((emb[anchor[t], k] - emb[far[t], k]) ** 2, k),
            ),
            define(L[t], maximum(0, d[t] + margin())),
            define(loss(), mean(L[t], t)),
        ],
        sample=t,
    )


@in_zoo
def same_group() -> Model:
    x, g = param("x", N), label("g", N, into=C)
    c, loss = tensor("c", (N,)), tensor("loss")
    return build(
        "same_group",
        [x, g],
        [
            define(c[i], total(x[n] ** 2, n, where=condition(g[n], "==", g[i]))),
            define(loss(), total(c[i] * x[i], i)),
        ],
    )


@in_zoo
def group_means() -> Model:
    x, g = param("x", N), label("g", N, into=C)
    mu, loss = tensor("mu", (N,)), tensor("loss")
    return build(
        "group_means",
        [x, g],
        [
            define(mu[i], mean(x[n], n, where=condition(g[n], "==", g[i]))),
            define(loss(), total((x[i] - mu[i]) ** 2, i)),
        ],
    )


@in_zoo
def pinned_by_condition() -> Model:
    s, y = param("s", N, C), label("y", N, into=C)
    loss = tensor("loss")
    return build(
        "pinned_by_condition",
        [s, y],
        [define(loss(), total(total(s[i, j] ** 3, j, where=condition(j, "==", y[i])), i))],
    )


# Reductions, nested and conditional.


@in_zoo
def one_equation() -> Model:
    x, w = data("x", N, D), param("w", C, D)
    loss = tensor("loss")
    inner = total(w[j, k] * x[i, k], k)
    return build("one_equation", [x, w], [define(loss(), total(log(total(exp(inner), j)), i))])


@in_zoo
def nested_same_axis() -> Model:
    x, loss = param("x", N), tensor("loss")
    return build(
        "nested_same_axis",
        [x],
        [define(loss(), total(x[i] * sin(total(x[n] * x[i], n)), i))],
    )


@in_zoo
def diagonals() -> Model:
    A, B, loss = param("A", D, D), param("B", D, D), tensor("loss")
    return build(
        "diagonals",
        [A, B],
        [
            define(
                loss(),
                total(A[k, k] ** 2, k)
                + total(A[k, q] * A[q, k], k, q)
                + total(A[k, q] * B[q, q] * A[k, k], k, q),
            )
        ],
    )


@in_zoo
def contrastive() -> Model:
    a, b = param("a", N, D), param("b", N, D)
    s, L, loss = tensor("s", (N, N)), tensor("L", (N,)), tensor("loss")
    return build(
        "contrastive",
        [a, b],
        [
            define(s[i, n], total(a[i, k] * b[n, k], k)),
            define(L[i], log(total(exp(s[i, n]), n)) - s[i, i]),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def gram() -> Model:
    x, G, loss = param("x", N, D), tensor("G", (N, N)), tensor("loss")
    return build(
        "gram",
        [x],
        [
            define(G[i, n], total(x[i, k] * x[n, k], k)),
            define(loss(), total((G[i, n] - bracket(condition(i, "==", n))) ** 2, i, n)),
        ],
    )


@in_zoo
def cox() -> Model:
    x, w, time, dead = data("x", N, D), param("w", D), data("time", N), data("dead", N)
    f, r, loss = tensor("f", (N,)), tensor("r", (N,)), tensor("loss")
    return build(
        "cox",
        [x, w, time, dead],
        [
            define(f[i], total(w[k] * x[i, k], k)),
            define(r[i], total(exp(f[n]), n, where=condition(time[n], ">=", time[i]))),
            define(loss(), total(dead[i] * (log(r[i]) - f[i]), i)),
        ],
    )


@in_zoo
def ordered_pairs() -> Model:
    x, loss = param("x", N), tensor("loss")
    return build(
        "ordered_pairs",
        [x],
        [define(loss(), total((x[i] - x[n]) ** 2 * x[i], i, n, where=condition(i, "<", n)))],
    )


@in_zoo
def ranking() -> Model:
    x, w, target = data("x", N, D), param("w", D), data("target", N)
    f, loss = tensor("f", (N,)), tensor("loss")
    both = AllOf(condition(i, "<", n), condition(target[i], ">", target[n]))
    either = AnyOf(condition(i, "==", n), condition(target[i], "<", target[n]))
    return build(
        "ranking",
        [x, w, target],
        [
            define(f[i], total(w[k] * x[i, k], k)),
            define(
                loss(),
                total(Softplus(f[n] - f[i]), i, n, where=both)
                + total(f[n] * f[i], i, n, where=either),
            ),
        ],
    )


@in_zoo
def crossed_order() -> Model:
    x, w, e = param("x", N), param("w"), tensor("e", (N, N))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "crossed_order",
        [x, w],
        [
            define(e[i, n], bracket(condition(i, ">", n)) * x[n] ** 2 * w() + x[n] * w()),
            define(L[i], total(e[i, n], n, where=condition(i, "<", n)) + x[i] ** 3),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def mean_of_the_others() -> Model:
    s, y = param("s", N, C), label("y", N, into=C)
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "mean_of_the_others",
        [s, y],
        [
            define(L[i], mean(s[i, j] ** 2, j, where=condition(j, "<=", y[i])) - s[i, y[i]]),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def label_smoothing() -> Model:
    s, y, eps = param("s", N, C), label("y", N, into=C), const("eps", Rational(1, 10), UNIT)
    p, L, loss = tensor("p", (N, C)), tensor("L", (N,)), tensor("loss")
    hit = bracket(condition(j, "==", y[i]))
    return build(
        "label_smoothing",
        [s, y, eps],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(L[i], -total(((1 - eps()) * hit + eps() / Size(C)) * log(p[i, j]), j)),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def three_axes() -> Model:
    A, a, b, c = param("A", N, C, D), param("a", N), param("b", C), param("c", D)
    loss = tensor("loss")
    return build(
        "three_axes",
        [A, a, b, c],
        [define(loss(), total(A[i, j, k] * a[i] * b[j] * c[k], i, j, k))],
    )


@in_zoo
def unused_indices() -> Model:
    x, w, loss = param("x", N), param("w"), tensor("loss")
    return build(
        "unused_indices",
        [x, w],
        [
            define(
                loss(),
                total(w() * x[i], i, j) + total(w() ** 2, i, n, where=condition(i, "!=", n)),
            )
        ],
    )


@in_zoo
def fixed_points() -> Model:
    s, w, z, loss = param("s", N, C), param("w"), label("z", C, into=C), tensor("loss")
    fixed = total(s[i, j] ** 2 * w(), j, where=condition(z[j], "==", j))
    return build("fixed_points", [s, w, z], [define(loss(), total(fixed, i))])


@in_zoo
def pinned_factor() -> Model:
    s, u, z = param("s", N, C), data("u", N), label("z", N, into=C)
    mixed = bracket(condition(j, "!=", l)) * u[i] + bracket(condition(l, "==", z[i])) * 3
    pairs = total(mixed * s[i, j], j, l, where=condition(j, "==", l))
    loss = tensor("loss")
    return build("pinned_factor", [s, u, z], [define(loss(), total(pairs, i))])


@in_zoo
def same_group_squared() -> Model:
    x, g, loss = param("x", N), label("g", N, into=C), tensor("loss")
    same = total(x[n] * x[n], n, where=condition(g[n], "==", g[i]))
    return build("same_group_squared", [x, g], [define(loss(), total(same**2 * x[i], i))])


@in_zoo
def unused_others() -> Model:
    x, y, loss = param("x", N), label("y", N, into=C), tensor("loss")
    others = total(x[i] ** 2, j, where=condition(j, "!=", y[i]))
    return build("unused_others", [x, y], [define(loss(), total(others, i))])


@in_zoo
def softmax_by_lse() -> Model:
    s, q_ = param("s", N, C), data("q", N, C)
    p, loss = tensor("p", (N, C)), tensor("loss")
    scores = NamedReduce("lse", (l,), TRUE, s[i, l])
    return build(
        "softmax_by_lse",
        [s, q_],
        [
            define(p[i, j], exp(s[i, j] - scores)),
            define(loss(), total(q_[i, j] * p[i, j] ** 2, i, j)),
        ],
    )


# Several paths, tied weights, ratios of reductions.


@in_zoo
def several_paths() -> Model:
    x, w = data("x", N), param("w")
    a, b, c, loss = (tensor("a", (N,)), tensor("b", (N,)), tensor("c", (N,)), tensor("loss"))
    return build(
        "several_paths",
        [x, w],
        [
            define(a[i], x[i] * w()),
            define(b[i], exp(a[i]) * w()),
            define(c[i], a[i] * b[i] + sin(a[i]) + w()),
            define(loss(), total(c[i] * b[i], i) + w() ** 2),
        ],
        sample=i,
    )


@in_zoo
def tied_weights() -> Model:
    x, w, b = data("x", N, D), param("w", H, D), param("b", H)
    a, r, loss = tensor("a", (N, H)), tensor("r", (N, D)), tensor("loss")
    return build(
        "tied_weights",
        [x, w, b],
        [
            define(a[i, h], tanh(total(w[h, k] * x[i, k], k) + b[h])),
            define(r[i, k], total(w[h, k] * a[i, h], h)),
            define(loss(), mean((r[i, k] - x[i, k]) ** 2, i, k)),
        ],
        sample=i,
    )


@in_zoo
def two_layers() -> Model:
    x, y = data("x", N, D), label("y", N, into=C)
    W, U, b, c = param("W", H, D), param("U", C, H), param("b", H), param("c", C)
    a, f, p = tensor("a", (N, H)), tensor("f", (N, C)), tensor("p", (N, C))
    L, loss = tensor("L", (N,)), tensor("loss")
    return build(
        "two_layers",
        [x, y, W, U, b, c],
        [
            define(a[i, h], maximum(0, total(W[h, k] * x[i, k], k) + b[h])),
            define(f[i, j], total(U[j, h] * a[i, h], h) + c[j]),
            define(p[i, j], exp(f[i, j]) / total(exp(f[i, l]), l)),
            define(L[i], -log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def batch_norm() -> Model:
    x, g, b, eps = (
        param("x", N, D),
        param("g", D),
        param("b", D),
        const("eps", Rational(1, 100), UNIT),
    )
    w = data("w", N, D)
    mu, var, z, loss = tensor("mu", (D,)), tensor("var", (D,)), tensor("z", (N, D)), tensor("loss")
    return build(
        "batch_norm",
        [x, g, b, eps, w],
        [
            define(mu[k], mean(x[i, k], i)),
            define(var[k], mean((x[i, k] - mu[k]) ** 2, i)),
            define(z[i, k], g[k] * (x[i, k] - mu[k]) / sqrt(var[k] + eps()) + b[k]),
            define(loss(), total(w[i, k] * z[i, k], i, k)),
        ],
    )


@in_zoo
def layer_norm() -> Model:
    x, g, w = param("x", N, D), param("g", D), data("w", N, D)
    mu, sd, loss = tensor("mu", (N,)), tensor("sd", (N,)), tensor("loss")
    return build(
        "layer_norm",
        [x, g, w],
        [
            define(mu[i], mean(x[i, k], k)),
            define(sd[i], sqrt(mean((x[i, k] - mu[i]) ** 2, k) + Rational(1, 8))),
            define(loss(), total(w[i, k] * g[k] * (x[i, k] - mu[i]) / sd[i], i, k)),
        ],
    )


@in_zoo
def attention() -> Model:
    x, Q, K = param("x", T, D), param("Q", H, D), param("K", H, D)
    w = data("w", T, D)
    a, b = tensor("a", (T, H)), tensor("b", (T, H))
    s, p, o, loss = tensor("s", (T, T)), tensor("p", (T, T)), tensor("o", (T, D)), tensor("loss")
    causal = condition(u, "<=", t)
    (r,) = indices("r", T)
    return build(
        "attention",
        [x, Q, K, w],
        [
            define(a[t, h], total(Q[h, k] * x[t, k], k)),
            define(b[t, h], total(K[h, k] * x[t, k], k)),
            define(s[t, u], total(a[t, h] * b[u, h], h)),
            define(p[t, u], exp(s[t, u]) / total(exp(s[t, r]), r, where=condition(r, "<=", t))),
            define(o[t, k], total(p[t, u] * x[u, k], u, where=causal)),
            define(loss(), total(w[t, k] * o[t, k], t, k)),
        ],
    )


@in_zoo
def cosine() -> Model:
    a, b, loss = param("a", D), param("b", D), tensor("loss")
    return build(
        "cosine",
        [a, b],
        [
            define(
                loss(),
                total(a[k] * b[k], k) / sqrt((total(a[k] ** 2, k) + 1) * (total(b[k] ** 2, k) + 1)),
            )
        ],
    )


@in_zoo
def bilinear() -> Model:
    x, A, loss = param("x", D), param("A", D, D), tensor("loss")
    return build(
        "bilinear",
        [x, A],
        [define(loss(), total(x[k] * A[k, q] * x[q], k, q) / (1 + total(x[k] ** 2, k)))],
    )


@in_zoo
def covariance() -> Model:
    x, mu, S2, loss = param("x", N, D), tensor("mu", (D,)), tensor("S2", (D, D)), tensor("loss")
    return build(
        "covariance",
        [x],
        [
            define(mu[k], mean(x[i, k], i)),
            define(S2[k, q], mean((x[i, k] - mu[k]) * (x[i, q] - mu[q]), i)),
            define(loss(), total(S2[k, q] ** 2, k, q, where=condition(k, "!=", q))),
        ],
    )


# Maxima, minima, ties, steps.


@in_zoo
def max_pool() -> Model:
    x, w = data("x", N, C), param("w", C)
    m_, loss = tensor("pool", (N,)), tensor("loss")
    return build(
        "max_pool",
        [x, w],
        [
            define(m_[i], largest(w[j] * x[i, j], j)),
            define(loss(), total(m_[i] ** 2, i)),
        ],
        sample=i,
    )


@in_zoo
def k_means() -> Model:
    x, c, loss = data("x", N, D), param("c", C, D), tensor("loss")
    return build(
        "k_means",
        [x, c],
        [define(loss(), total(smallest(total((x[i, k] - c[j, k]) ** 2, k), j), i))],
    )


@in_zoo
def chebyshev() -> Model:
    x, c, loss = data("x", N, D), param("c", D), tensor("loss")
    return build(
        "chebyshev",
        [x, c],
        [define(loss(), total(exp(largest(Abs(x[i, k] - c[k]), k)) * c[q] ** 2, i, q))],
    )


@in_zoo
def crammer_singer() -> Model:
    s, y = param("s", N, C), label("y", N, into=C)
    L, loss = tensor("L", (N,)), tensor("loss")
    rival = largest(s[i, j] + 1, j, where=condition(j, "!=", y[i]))
    return build(
        "crammer_singer",
        [s, y],
        [
            define(L[i], maximum(0, rival - s[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def max_over_two() -> Model:
    A, loss = param("A", C, D), tensor("loss")
    return build(
        "max_over_two",
        [A],
        [define(loss(), largest(A[j, k], j, k) ** 2 + smallest(A[j, k] * 2, k, j))],
    )


@in_zoo
def max_of_max() -> Model:
    A, loss = param("A", C, D), tensor("loss")
    return build(
        "max_of_max",
        [A],
        [define(loss(), largest(smallest(A[j, k] ** 2, k) + total(A[j, k], k), j))],
    )


@in_zoo
def argmax_gather() -> Model:
    f, g = data("f", N, C), param("g", N, C)
    best, worst = Tensor("best", (N,), C), Tensor("worst", (N,), C)
    loss = tensor("loss")
    return build(
        "argmax_gather",
        [f, g],
        [
            define(best[i], argmax(f[i, j], j)),
            define(worst[i], argmin(f[i, j] * f[i, j], j)),
            define(loss(), total(g[i, best[i]] * g[i, worst[i]] * f[i, best[i]], i)),
        ],
    )


@in_zoo
def clipped() -> Model:
    x, lo, hi, loss = param("x", N), param("lo"), param("hi"), tensor("loss")
    a = minimum(hi(), maximum(lo(), x[i]))
    b = maximum(x[i], 1, lo() * x[i])
    c = minimum(x[i] ** 2, x[i], Rational(1, 2))
    return build("clipped", [x, lo, hi], [define(loss(), total(a**2 + 3 * b - c * x[i], i))])


@in_zoo
def huber() -> Model:
    x, y, w, d = data("x", N), data("y", N), param("w"), const("d", 1, POSITIVE)
    r, L, loss = tensor("r", (N,)), tensor("L", (N,)), tensor("loss")
    small = condition(Abs(r[i]), "<=", d())
    return build(
        "huber",
        [x, y, w, d],
        [
            define(r[i], w() * x[i] - y[i]),
            define(L[i], Where(small, r[i] ** 2 / 2, d() * (Abs(r[i]) - d() / 2))),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def signs() -> Model:
    x, w, loss = param("x", N), param("w"), tensor("loss")
    return build(
        "signs",
        [x, w],
        [define(loss(), total(sign(x[i]) * w() * x[i] + Abs(x[i] * w()) ** 3, i))],
    )


@in_zoo
def bracketed() -> Model:
    x, w, loss = param("x", N), param("w"), tensor("loss")
    big = bracket(condition(x[i], ">", w()))
    return build(
        "bracketed",
        [x, w],
        [define(loss(), total(big * x[i] ** 2 * w() + (1 - big) ** 2 * x[i], i))],
    )


# Products, powers, functions.


@in_zoo
def products() -> Model:
    x, w, loss = data("x", N, C), param("w", C), tensor("loss")
    return build(
        "products",
        [x, w],
        [define(loss(), total(product(x[i, j] + w[j], j), i))],
    )


@in_zoo
def product_of_others() -> Model:
    w, y, loss = param("w", C), label("y", N, into=C), tensor("loss")
    return build(
        "product_of_others",
        [w, y],
        [define(loss(), total(product(w[j] ** 2, j, where=condition(j, "!=", y[i])), i))],
    )


@in_zoo
def product_over_two() -> Model:
    A, loss = param("A", C, D), tensor("loss")
    both = product(A[j, k], j, k) + total(A[j, k], j, k)
    return build("product_over_two", [A], [define(loss(), both)])


@in_zoo
def powers_of_inputs() -> Model:
    x, a, g = param("x", N, domain=POSITIVE), param("a"), param("g", domain=POSITIVE)
    loss = tensor("loss")
    return build(
        "powers_of_inputs",
        [x, a, g],
        [define(loss(), total(x[i] ** a() + 2 ** x[i] + x[i] ** g() / x[i] ** 3, i))],
    )


@in_zoo
def power_mean() -> Model:
    x, a, loss = param("x", N, domain=POSITIVE), param("a", domain=POSITIVE), tensor("loss")
    return build("power_mean", [x, a], [define(loss(), mean(x[i] ** a(), i) ** (1 / a()))])


@in_zoo
def focal() -> Model:
    s, y, gamma = param("s", N, C), label("y", N, into=C), const("gamma", 2, POSITIVE)
    p, L, loss = tensor("p", (N, C)), tensor("L", (N,)), tensor("loss")
    return build(
        "focal",
        [s, y, gamma],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(L[i], -((1 - p[i, y[i]]) ** gamma()) * log(p[i, y[i]])),
            define(loss(), mean(L[i], i)),
        ],
        sample=i,
    )


@in_zoo
def every_function() -> Model:
    x, w, loss = param("x", N, domain=POSITIVE), param("w"), tensor("loss")
    a = w() * x[i]
    terms = (
        Exp(a) + log(x[i]) + 3 * Log2(x[i]) + Expm1(a) + Log1p(x[i]) + tanh(a) + sin(a)
        + 5 * cos(a) + erf(a) + Abs(a) + sign(a) * a + Sigmoid(a) + 7 * Softplus(a)
        + Xlogy(a, x[i]) + 2 * Xdivy(a, x[i] ** 2 + 1)
    )  # fmt: skip
    return build("every_function", [x, w], [define(loss(), total(terms, i))])


@in_zoo
def gelu() -> Model:
    x, y = data("x", N), tensor("y", (N,))
    return build("gelu", [x], [define(y[i], x[i] * (1 + erf(x[i] / sqrt(2))) / 2)], sample=i)


@in_zoo
def smooth_max() -> Model:
    x, beta, loss = param("x", N, C), param("beta", domain=POSITIVE), tensor("loss")
    body = NamedReduce("lse", (j,), TRUE, beta() * x[i, j])
    return build("smooth_max", [x, beta], [define(loss(), total(body / beta(), i))])


@in_zoo
def smooth_max_of_others() -> Model:
    s, y, loss = param("s", N, C), label("y", N, into=C), tensor("loss")
    body = NamedReduce("lse", (j,), condition(j, "<=", y[i]), s[i, j] ** 2)
    return build("smooth_max_of_others", [s, y], [define(loss(), total(body * s[i, y[i]], i))])


@in_zoo
def divergence() -> Model:
    q_, s = data("q", N, C, domain=SIMPLEX), param("s", N, C)
    p, loss = tensor("p", (N, C)), tensor("loss")
    return build(
        "divergence",
        [q_, s],
        [
            define(p[i, j], exp(s[i, j]) / total(exp(s[i, l]), l)),
            define(loss(), total(q_[i, j] * log(q_[i, j]) - q_[i, j] * log(p[i, j]), i, j)),
        ],
    )


@in_zoo
def entropy() -> Model:
    q_, loss = param("q", N, C, domain=SIMPLEX), tensor("loss")
    return build("entropy", [q_], [define(loss(), -total(Xlogy(q_[i, j], q_[i, j]), i, j))])


@in_zoo
def activations() -> Model:
    x, w, loss = data("x", N), param("w", N), tensor("loss")
    a, b, c, d, e = (tensor(name, (N,)) for name in "abcde")
    return build(
        "activations",
        [x, w],
        [
            define(a[i], 1 / (1 + exp(-w[i] * x[i]))),
            define(b[i], a[i] / (1 + exp(-a[i]))),
            define(c[i], (exp(2 * b[i]) - 1) / (exp(2 * b[i]) + 1)),
            define(d[i], Where(condition(c[i], ">", 0), c[i], exp(c[i]) - 1)),
            define(e[i], log(1 + exp(d[i]))),
            define(loss(), total(e[i] * b[i], i)),
        ],
        sample=i,
    )


@in_zoo
def swish() -> Model:
    x, y = data("x", N), tensor("y", (N,))
    return build("swish", [x], [define(y[i], x[i] / (1 + exp(-x[i])))], sample=i)


@in_zoo
def gated() -> Model:
    x, w, b, y = data("x", N), param("w"), param("b"), tensor("y", (N,))
    gate = w() * x[i] / (1 + exp(-x[i])) + b() / (1 + exp(x[i]))
    return build("gated", [x, w, b], [define(y[i], gate - log(1 + exp(x[i])))], sample=i)


# Guards, scalars, what does not depend.


@in_zoo
def guarded_log() -> Model:
    x, w, u_, loss = param("x", N), param("w"), tensor("u", (N,)), tensor("loss")
    return build(
        "guarded_log",
        [x, w],
        [
            define(u_[i], log(x[i]) * w()),
            define(loss(), total(u_[i] ** 2, i, where=condition(x[i], ">", 0))),
        ],
    )


@in_zoo
def guarded_twice() -> Model:
    x, w = param("x", N), param("w")
    u_, r, loss = tensor("u", (N,)), tensor("r", (N,)), tensor("loss")
    return build(
        "guarded_twice",
        [x, w],
        [
            define(u_[i], sqrt(x[i])),
            define(r[i], w() / u_[i]),
            define(
                loss(),
                total(Where(condition(x[i], ">", 0), r[i] * u_[i] + log(u_[i]), w() ** 2), i)
                + total(bracket(condition(x[i], ">", 1)) * r[i], i),
            ),
        ],
    )


@in_zoo
def scalars() -> Model:
    a, b, c = param("a"), param("b"), const("c", Rational(1, 3))
    d, loss = tensor("d"), tensor("loss")
    return build(
        "scalars",
        [a, b, c],
        [define(d(), a() * b() + sin(a() * c())), define(loss(), d() ** 2 * c() + b())],
    )


@in_zoo
def independent() -> Model:
    a, b, x, loss, d = param("a"), param("b"), data("x", N), tensor("loss"), tensor("d", (N,))
    return build(
        "independent",
        [a, b, x],
        [define(d[i], b() * x[i]), define(loss(), total(sin(x[i]), i) * a())],
    )


@in_zoo
def steps_only() -> Model:
    x, w, loss = data("x", N), param("w"), tensor("loss")
    wrong = bracket(condition(w() * x[i], "<", 0))
    return build("steps_only", [x, w], [define(loss(), mean(wrong, i))])


@in_zoo
def several_outputs() -> Model:
    x, w, y = data("x", N, D), param("w", C, D), tensor("y", (N, C))
    return build(
        "several_outputs",
        [x, w],
        [define(y[i, j], tanh(total(w[j, k] * x[i, k], k)) ** 2)],
    )


def sigmoid_layers(depth: int) -> Model:
    """``depth`` layers of one unit each."""
    x, w = data("x", N), param("w", N)
    names = [tensor(f"a{layer}", (N,)) for layer in range(1, depth + 1)]
    before, definitions = x[i], []
    for name in names:
        definitions.append(define(name[i], Sigmoid(w[i] * before)))
        before = name[i]
    return build(f"sigmoid_layers_{depth}", [x, w], definitions, sample=i)
