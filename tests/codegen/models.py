"""Small models of every construct that generated code has to get right."""

from __future__ import annotations

from sympy import Abs, Rational, cos, erf, log, pi, sign, sin, sqrt, tanh

from symderive.expr import (
    TRUE,
    AllOf,
    AnyOf,
    Exp,
    Expm1,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
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
    argmax,
    argmin,
    axes,
    bracket,
    build,
    condition,
    const,
    data,
    define,
    indices,
    label,
    largest,
    mean,
    param,
    product,
    smallest,
    total,
)

MODELS = {}

N, C, D, V, T = axes("N C D V T")
i, n = indices("i n", N)
j, l, m = indices("j l m", C)
k, h = indices("k h", D)
(v,) = indices("v", V)
t, u = indices("t u", T)

x, y, w = data("x", N, D), label("y", N, into=C), param("w", C, D)
r, g, b, q = data("r", N), data("g", N), param("b"), param("q", N, C)
A, tok, emb = param("A", C, C), label("tok", T, into=V), param("emb", V, D)
X, Y, W, R, G, B, Q = (each.tensor for each in (x, y, w, r, g, b, q))
s, p, f, L = Tensor("s", (N, C)), Tensor("p", (N, C)), Tensor("f", (N,)), Tensor("L", (N,))
F, H, loss = Tensor("F", (N, C)), Tensor("H", (N, D)), Tensor("loss")
scores = define(s[i, j], total(W[j, k] * X[i, k], k))


def lse(body, *over, where=TRUE):
    return NamedReduce("lse", over, where, body)


def is_(lhs, op, rhs):
    return condition(lhs, op, rhs)


def model(name, declarations, *definitions):
    MODELS[name] = build(name, declarations, definitions)


Z = Tensor("Z", (N,))
model(
    "stable_nll",
    [x, y, w],
    scores,
    define(Z[i], lse(s[i, l], l)),
    define(L[i], Z[i] - s[i, Y[i]]),
    define(loss(), mean(L[i], i)),
)
model(
    "softmax_used_twice",
    [x, y, w],
    scores,
    define(Z[i], lse(s[i, l], l)),
    define(p[i, j], Exp(s[i, j] - Z[i])),
    define(loss(), mean(p[i, Y[i]] * Z[i] + total(p[i, j] ** 2, j), i)),
)
model("softmax", [q], define(p[i, j], Exp(Q[i, j] - lse(Q[i, l], l))))
model("lse_of_others", [q, y], define(f[i], lse(Q[i, j], j, where=is_(j, "!=", Y[i]))))
model("lse_over_two", [q], define(loss(), lse(Q[i, j], i, j)))

E_, hid = emb.tensor, Tensor("hid", (T, D))
a, z, att, out = (
    Tensor("a", (T, T)),
    Tensor("z", (T,)),
    Tensor("att", (T, T)),
    Tensor("out", (T, D)),
)
model(
    "causal_attention",
    [tok, emb],
    define(hid[t, k], E_[tok.tensor[t], k]),
    define(a[t, u], total(hid[t, k] * hid[u, k], k) / sqrt(Size(D))),
    define(z[t], lse(a[t, u], u, where=is_(u, "<=", t))),
    define(att[t, u], Exp(a[t, u] - z[t]) * bracket(is_(u, "<=", t))),
    define(out[t, k], total(att[t, u] * hid[u, k], u, where=is_(u, "<=", t))),
    define(loss(), mean(MaxOf(out[t, k], 0) ** 2, t, k)),
)

model("guarded_log", [r], define(loss(), total(log(R[i]), i, where=is_(R[i], ">", 0))))
model(
    "guarded_branches",
    [r],
    define(f[i], Where(is_(R[i], ">", 0), log(R[i]) * sqrt(R[i]), R[i] ** 3)),
    define(loss(), total(f[i] / (1 + R[i] ** 2), i)),
)
model(
    "max_of_rows",
    [q],
    define(f[i], largest(Q[i, j], j)),
    define(loss(), product(f[i], i)),
)
model("min_of_products", [q], define(f[i], smallest(Q[i, j] * Q[n, j], n, j)))
model(
    "diagonals",
    [A, r],
    define(
        loss(),
        total(A.tensor[j, j] ** 2, j)
        + total(A.tensor[j, l] * A.tensor[l, j], j, l)
        + total(R[i], i) ** 2,
    ),
)
model(
    "risk_sets",
    [g, r, param("beta", N)],
    define(
        f[i],
        log(total(Exp(Tensor("beta", (N,))[n]), n, where=is_(G[n], ">=", G[i]))),
    ),
    define(loss(), -mean((Tensor("beta", (N,))[i] - f[i]) * R[i], i)),
)
model(
    "pairs",
    [q],
    define(loss(), total(MaxOf(0, 1 - Q[i, j] + Q[n, j]), i, n, j, where=is_(i, "<", n))),
)
model(
    "entropy",
    [q],
    define(p[i, j], Exp(Q[i, j]) / total(Exp(Q[i, l]), l)),
    define(loss(), -mean(total(p[i, j] * log(p[i, j]), j), i)),
)
model(
    "functions",
    [r, b, const("alpha", Rational(1, 3))],
    define(
        f[i],
        sin(R[i]) * cos(R[i])
        + Abs(R[i]) * Tensor("alpha")()
        + Sigmoid(R[i]) * Softplus(-R[i])
        + erf(R[i]) / 3
        + tanh(B() * R[i])
        + MinOf(R[i], B(), 2)
        + Expm1(R[i]) * Log1p(R[i] ** 2)
        + Rational(2, 3) * R[i] ** 5
        + 2 ** R[i]
        + Log2(1 + R[i] ** 2)
        + sign(R[i]) * pi
        + sqrt(2) * R[i] ** 3,
    ),
)
model("xlogy", [r, g], define(loss(), total(Xlogy(R[i], G[i]) + Xdivy(R[i], G[i]), i)))
far, near = label("far", T, into=N), label("near", N, into=C)
model(
    "nested_gather",
    [far, near, q],
    define(Tensor("o", (T,))[t], Q[far.tensor[t], near.tensor[far.tensor[t]]]),
)
best = Tensor("best", (N,), C)
model(
    "zero_one",
    [q, y],
    define(best[i], argmax(Q[i, j], j)),
    define(loss(), mean(bracket(is_(best[i], "!=", Y[i])), i)),
)
model(
    "one_hot",
    [q, y],
    define(best[i], argmin(Q[i, j], j)),
    define(F[i, j], bracket(is_(j, "==", best[i])) * Q[i, j] + bracket(is_(j, "<", Y[i]))),
)
prior = Tensor("prior", (N,), N)
model(
    "best_so_far",
    [g, r],
    define(prior[i], argmax(G[n], n, where=is_(n, "<=", i))),
    define(f[i], R[prior[i]] ** 2),
)
model(
    "outer",
    [r, param("c", C)],
    define(Tensor("o", (C, N))[j, i], R[i] * Tensor("c", (C,))[j] + 1 / Size(N)),
)
model(
    "transposed",
    [data("xt", D, N), param("wt", D, C)],
    define(s[i, j], total(Tensor("xt", (D, N))[k, i] * Tensor("wt", (D, C))[k, j], k)),
    define(Tensor("o", (C, N))[j, i], tanh(s[i, j])),
)
S2 = param("S", N, N)
model(
    "quadratic_form",
    [r, S2],
    define(loss(), total(R[i] * S2.tensor[i, n] * R[n], i, n)),
)
left, right, mid = data("left", N, D), data("right", N, C), param("mid", D, C)
model(
    "bilinear",
    [left, right, mid],
    define(L[i], total(left.tensor[i, k] * mid.tensor[k, j] * right.tensor[i, j], k, j)),
    define(loss(), mean(L[i] ** 2, i)),
)
one, two = data("one", T, N, D), param("two", T, D, C)
model(
    "batched",
    [one, two],
    define(Tensor("o", (T, N, C))[t, i, j], total(one.tensor[t, i, k] * two.tensor[t, k, j], k)),
)
model(
    "full_contraction",
    [one, data("three", T, N, D)],
    define(loss(), total(one.tensor[t, i, k] * Tensor("three", (T, N, D))[t, i, k], t, i, k)),
)
model(
    "two_sums",
    [one, two],
    define(Tensor("o", (N, C))[i, j], total(one.tensor[t, i, k] * two.tensor[t, k, j], t, k)),
)
model("identity", [r], define(f[i], R[i]))
model("constant", [r], define(f[i], R[i] * 0 + 1))
model("repeated", [r, x], define(H[i, k], R[i] + 0 * X[i, k]))
model(
    "mean_of_others",
    [q, y],
    define(loss(), mean(Q[i, j] ** 2, i, j, where=is_(j, "!=", Y[i]))),
)
model(
    "product_of_others",
    [q, y],
    define(loss(), total(product(Q[i, j], j, where=is_(j, "!=", Y[i])), i)),
)
wide = data("wide", C, D)
model(
    "sum_of_others",
    [q, wide, y],
    define(H[i, k], total(Q[i, j] * wide.tensor[j, k], j, where=is_(j, "!=", Y[i]))),
)
model(
    "sum_where_positive",
    [q, wide],
    define(H[i, k], total(wide.tensor[j, k], j, where=is_(Q[i, j], ">", 0))),
)
row, col = label("row", T, into=N), label("col", T, into=C)
model(
    "scatter_on_two_axes",
    [q, row, col, data("val", T, D)],
    define(
        Tensor("o", (N, C, D))[i, j, k],
        total(
            Tensor("val", (T, D))[t, k],
            t,
            where=AllOf(is_(i, "==", row.tensor[t]), is_(j, "==", col.tensor[t])),
        ),
    ),
)
model(
    "or_condition",
    [q, y],
    define(F[i, j], bracket(AnyOf(is_(Q[i, j], ">", 0), is_(j, "==", Y[i]))) * Q[i, j] ** 3),
)
model(
    "same_label",
    [q, y],
    define(
        f[i],
        Where(
            is_(Q[i, Y[i]], ">", 0),
            Q[i, Y[i]],
            total(Q[n, j], n, j, where=is_(Y[n], "==", Y[i])),
        ),
    ),
)
model(
    "where_of_label",
    [q, y],
    define(
        F[i, j],
        Where(is_(j, "==", Y[i]), log(1 + Q[i, j] ** 2), Q[i, j] * 2)
        + Where(is_(j, "!=", Y[i]), 3, Q[i, j]),
    ),
)
model(
    "sizes",
    [q],
    define(
        loss(),
        total(Q[i, j], i, j)
        / (Size(N) * Size(C) - Rational(1, 2))
        * log(1 + Size(N))
        * sqrt(Size(C)),
    ),
)
model(
    "scalars",
    [b, const("c", sqrt(2))],
    define(
        loss(),
        Exp(-(B() ** 2)) * Tensor("c")()
        + MaxOf(B(), 0)
        + Where(is_(B(), ">", 1), 1 / B(), B())
        + Sigmoid(B()) * erf(B()),
    ),
)
model(
    "names_of_the_tool",
    [
        data("np", N),
        param("lambda"),
        const("wrt", 2),
        data("cotangent"),
        param("dw"),
        const("grads", Rational(1, 2)),
        param("value_and_vjp"),
        param("t"),
        param("x_"),
    ],
    define(
        Tensor("len", (N,))[i],
        Tensor("np", (N,))[i] * Tensor("lambda")() + Tensor("wrt")() * Tensor("dw")(),
    ),
    define(
        loss(),
        total(Tensor("len", (N,))[i] ** 2, i) * Tensor("cotangent")()
        + Tensor("grads")() * Tensor("value_and_vjp")()
        + Tensor("t")() * Tensor("x_")(),
    ),
)
model(
    "same_axis_nowhere",
    [r, label("y", N, into=C)],
    define(loss(), total(R[i], i, n, where=is_(Y[i], "==", Y[n])) + total(R[i], i)),
)
model("sum_of_two", [r, g], define(f[i], R[i] + G[i]))
model("cross_entropy_of_entries", [r, g], define(loss(), total(R[i] * log(G[i]), i)))
model(
    "best_of_best",
    [A],
    define(
        loss(),
        largest(largest(A.tensor[j, l], l), j) ** 2 + smallest(smallest(2 * A.tensor[l, j], l), j),
    ),
)
