"""Models, claims that are almost true, each with why it is not, and claims that are true."""

SOFTMAX = """data x[N, D]
label y[N] in C
param w[C, D]
index i: N; j, m: C; k: D
s[i, j] = sum[k](w[j, k] * x[i, k])
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
L[i] = -log(p[i, y[i]])
loss = mean[i](L[i])
"""
SCORES = """data s[N, C]
label y[N] in C
index i: N; j, m, l: C
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
top[i] = max[j](s[i, j])
low[i] = min[j](s[i, j])
best[i] = argmax[j](s[i, j])
wrong[i] = [best[i] != y[i]]
out = sum[i](top[i])
"""
HINGE = """data x[N, D]
label y[N] in C
param w[C, D]
const Delta = 1
index i: N; j, m: C; k: D
s[i, j] = sum[k](w[j, k] * x[i, k])
e[i, j] = max(0, s[i, j] - s[i, y[i]] + Delta)
L[i] = sum[j != y[i]](e[i, j])
loss = mean[i](L[i])
"""
NETWORK = """data x[N, D]
data t[N, O]
param wh[H, D]
param wo[O, H]
index i: N; j: H; k: D; c: O
neth[i, j] = sum[k](wh[j, k] * x[i, k])
h[i, j] = sigmoid(neth[i, j])
neto[i, c] = sum[j](wo[c, j] * h[i, j])
yhat[i, c] = sigmoid(neto[i, c])
L[i] = 1/2 * sum[c]((yhat[i, c] - t[i, c])**2)
loss = sum[i](L[i])
"""
INFORMATION = """data p[C] in simplex
data q[C] in simplex
H = -sum[j](p[j] * log(p[j]))
CE = -sum[j](p[j] * log(q[j]))
KL = sum[j](p[j] * log(p[j] / q[j]))
"""
TEMPERATURE = """data s[C]
const T = 1 in (0, oo)
p[j] = exp(s[j] / T) / sum[l](exp(s[l] / T))
H = -sum[j](p[j] * log(p[j]))
"""
MULTILABEL = """data f[N, C]
data v[N, C] in {0, 1}
L[i] = -sum[j](v[i, j] * log(sigmoid(f[i, j])) + (1 - v[i, j]) * log(1 - sigmoid(f[i, j])))
"""
EMBEDDING = """label tok[T] in V
param emb[V, D]
data g[T, D]
index t, u: T; v: V; k: D
out = sum[t, k](emb[tok[t], k] * g[t, k])
"""
LABELS = """label y[N] in C
param b[C]
index i, n: N; j: C
twice = sum[i, n](b[y[i]] * b[y[n]])
once = sum[i](b[y[i]]**2)
pairs = sum[i, n if y[i] == y[n]](1)
"""
SQUARE = """param A[K, K]
data u[K]
index k, l: K
trace = sum[k](A[k, k])
form = sum[k, l](u[k] * A[k, l] * u[l])
sq[k, l] = A[k, l] * A[l, k]
"""
RANKING = """data r[N]
data t[N]
index i, n: N
risk[i] = sum[n if t[n] >= t[i]](exp(r[n]))
loss = sum[i](log(risk[i]) - r[i])
"""
EFRON = """data x[N, D]
data t[N]
data v[N] in {0, 1}
data r[N] in [0, 1)
param w[D]
index i, j: N; k: D
s[i] = sum[k](w[k] * x[i, k])
A[i] = sum[j if t[j] >= t[i]](exp(s[j]))
B[i] = sum[j if t[j] == t[i]](v[j] * exp(s[j]))
loss = sum[i](v[i] * (log(A[i] - r[i] * B[i]) - s[i]))
"""
LINEAR_ATTENTION = """param q[T, D]
param k[T, D]
param v[T, E]
index t, u: T; d: D; e: E
fq[t, d] = where(q[t, d] > 0, q[t, d] + 1, exp(q[t, d]))
fk[t, d] = where(k[t, d] > 0, k[t, d] + 1, exp(k[t, d]))
n[t] = sum[u <= t](sum[d](fq[t, d] * fk[u, d]))
o[t, e] = sum[u <= t](sum[d](fq[t, d] * fk[u, d]) * v[u, e]) / n[t]
"""
NEIGHBOURS = """data x[N, D]
label y[N] in C
param A[H, D]
index i, j, l: N; k: D; h: H
z[i, h] = sum[k](A[h, k] * x[i, k])
d2[i, j] = sum[h]((z[i, h] - z[j, h])**2)
p[i, j] = exp(-d2[i, j]) / sum[l if l != i](exp(-d2[i, l]))
loss = -sum[i, j if i != j and y[i] == y[j]](p[i, j])
"""
RANK_GAIN = """data g[N] in [0, oo)
param s[N]
const T = 1
r[i] = 1 + sum[j if j != i](1 / (1 + exp((s[i] - s[j]) / T)))
loss = -sum[i](g[i] / log(1 + r[i]))
"""
FLOW = """data x[N]
param a
param b
z[i] = sigmoid(exp(a) * x[i] + b)
loss = -mean[i](log(exp(a) * z[i] * (1 - z[i])))
"""
REGRESSION = """data x[N, D]
data y[N]
param w[D]
param b
index i: N; k: D
f[i] = sum[k](w[k] * x[i, k]) + b
L[i] = (f[i] - y[i])**2
A[i] = abs(f[i] - y[i])
loss = mean[i](L[i])
"""
TRIPLET = """data a[N, D]
data b[N, D]
data c[N, D]
index i: N; k: D
near[i] = sum[k]((a[i, k] - b[i, k])**2)
far[i] = sum[k]((a[i, k] - c[i, k])**2)
L[i] = max(0, near[i] - far[i] + 1)
"""
PRELU = """data t
param a in {domain}
prelu = where(t > 0, t, a * t)
"""
ATTENTION = """data q[T, D]
data k[S, D]
data v[S, E]
index t: T; s, r: S; d: D; e: E
z[t, s] = sum[d](q[t, d] * k[s, d])
a[t, s] = exp(z[t, s]) / sum[r](exp(z[t, r]))
o[t, e] = sum[s](a[t, s] * v[s, e])
"""
NORM = """data x[N]
index n, m: N
mu = mean[n](x[n])
var = mean[n]((x[n] - mu)**2)
z[n] = (x[n] - mu) / sqrt(var + 1)
"""
COUNTS = """data x[N]
label y[N] in C
index i, n: N; j: C
a = sum[i if x[i] > 0](x[i])
c = prod[i](x[i])
mx = max[i](x[i])
s2 = sum[i, n if i < n](x[i] * x[n])
cnt[j] = sum[i if y[i] == j](1)
q = sum[i](x[i]**2)
"""
VECTOR = """param w[D]
data z[D]
index k: D
f = sum[k]((w[k] - 1/3)**2)
n2 = sqrt(sum[k](w[k]**2))
n1 = sum[k](abs(w[k]))
lse = log(sum[k](exp(w[k])))
top = max[k](w[k])
dot = sum[k](w[k] * z[k])
"""
FACTORS = """data r[U, V]
param a[U, K]
param c[V, K]
index u: U; v: V; k: K
e[u, v] = r[u, v] - sum[k](a[u, k] * c[v, k])
L = sum[u, v](e[u, v]**2)
"""
MASKED_MEAN = """data m[T] in {0, 1}
data x[T]
index t: T
q = sum[t](m[t] * x[t]) / max(1, sum[t](m[t]))"""

SWISHES = """param x[N]
index i: N
y[i] = x[i] * sigmoid(x[i])
L = sum[i](y[i])"""

FOCAL = """param t[N]
index i: N
p[i] = sigmoid(t[i])
L[i] = -(1 - p[i])**2 * log(p[i])"""

SIGN = """param t
data y in {0, 1}
f = t * y"""

WEIGHTS = """param w[D]
param m[N]
index k: D; i, n: N
L = sum[k](w[k]) + sum[i](m[i])"""
CENTRES = """data x[N, D]
param c[K, D]
index i: N; k: D; j: K
d[i, j] = sum[k]((x[i, k] - c[j, k])**2)
loss = sum[i](min[j](d[i, j]))/2"""
PROJECTION = """data x[N, D]
param W[K, D]
index i: N; d, e: D; k, l: K
z[i, k] = sum[d](W[k, d]*x[i, d])
r[i, d] = x[i, d] - sum[k](W[k, d]*z[i, k])
loss = sum[i, d](r[i, d]**2)/2"""
NOTHING = "claim 0 = 0\n"
REAL = "for t in (-oo, oo)"
TWO = "for t in (-oo, oo), u in (-oo, oo)"

#: (why it is wrong, model, claim)
#: Indices that a condition sets equal may stand for each other.
CASES = """param s[N, C]
label y[N] in C
param u[C]
index i: N
p[i, j] = exp(s[i, j]) / sum[l](exp(s[i, l]))
r[i] = u[y[i]]**2"""

ALMOST_TRUE = [
    ("a factor", CASES, "dp[i, j]/ds[i, l] = p[i, j] * (1 - 2*p[i, j]) if j == l"),
    ("u < 0", CASES, "dr[i]/du[j] = 2*abs(u[y[i]]) if j == y[i]"),
    # an equation in the condition, which no short fractions solve
    ("a = 0.6", NOTHING, f"t*u = 0 if t**2 + u**2 == 1 {TWO}"),
    ("t = u", NOTHING, f"t**2 + u**2 > 1/2 if t + u == 1 {TWO}"),
    ("t = 1/1000", NOTHING, f"t + u <= 100 if t > 0 and u > 0 and t*u == 1 {TWO}"),
    ("u < -1 < t", NOTHING, f"t = u if exp(t)*t == exp(u)*u {TWO}"),
    ("skewed", WEIGHTS, "mean[k](w[k]**3) = 0 if mean[k](w[k]) == 0 and mean[k](w[k]**2) == 1"),
    ("others differ", SOFTMAX, "p[i, j] = 1/C if L[i] == log(C)"),
    # far out, where only what is left of an exponential tells
    ("1e-434", NOTHING, f"tanh(t) = 1 if t > 500 {REAL}"),
    ("1e-697", NOTHING, f"erf(t) = 1 if t > 40 {REAL}"),
    ("1e-869", NOTHING, f"softplus(t) = t if t > 2000 {REAL}"),
    ("1e-695", NOTHING, f"sigmoid(t) = exp(t) if t < -800 {REAL}"),
    ("1e-869", NOTHING, f"d(sigmoid(t))/dt = exp(-t) if t > 1000 {REAL}"),
    # all 0 at one size; one size
    ("w = 0", WEIGHTS, "sum[k](w[k]**2) >= 1e-9*[D >= 5]"),
    ("w = 0", WEIGHTS, "sum[k](abs(w[k])) > [D > 6] - 1"),
    ("N = 9", WEIGHTS, "N**6 <= 1030*2**N"),
    ("N = 11", WEIGHTS, "N**2 - 23*N + 132 > 0"),
    # shapes of arrays that fail in one direction, near one place, or with larger axes
    ("w near 1", PROJECTION, "convex loss in W"),
    ("between centres", CENTRES, "convex loss in x"),
    ("between data", CENTRES, "convex loss in c"),
    ("w = 0", WEIGHTS, "convex sum[k](w[k]**4) - sum[k](w[k]**2)*1e-6 in w"),
    ("w = pi", WEIGHTS, "increasing sum[k](w[k] + 1.001*sin(w[k])) in w"),
    ("w = 0", WEIGHTS, "increasing sum[k](w[k]**5 - 1e-8*w[k]) in w"),
    ("D > 10", WEIGHTS, "increasing mean[k](w[k]) - 0.1*max[k](w[k]) in w"),
    ("D > 50", WEIGHTS, "convex sum[k](w[k]**2) - sum[k](w[k])**2/50 in w"),
    # far out, or at a larger size, where three axes and more leave little work for it
    ("x > 2.5", SOFTMAX, "dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * min(x[i, k], 2.5)"),
    ("x > 100", SOFTMAX, "dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * min(x[i, k], 100)"),
    ("w > 7", SOFTMAX, ("dloss/dw[j, k] = mean[i]((p[i, j] - [y[i] == j]) * x[i, k])"
     " + max(0, w[j, k] - 7)")),
    ("N = 6", SOFTMAX, "dloss/dw[j, k] = mean[i]((p[i, j] - [y[i] == j]) * x[i, k]) + [N == 6]"),
    ("x > 1000", SOFTMAX, "abs(dloss/dw[j, k]) <= 1000"),
    ("s > 50", SOFTMAX, "dL[i]/ds[i, j] = p[i, j] - [j == y[i]] + [s[i, j] > 50]"),
    ("x > 9", HINGE, "dL[i]/dw[j, k] = dL[i]/ds[i, j] * x[i, k] + max(0, w[j, k] - 9)"),
    # shapes along arrays, away from 0
    ("x = 10", SWISHES, "convex sum[i](min(x[i]**2, 100)) in x"),
    ("x = 4", SWISHES, "convex sum[i](x[i]**2 - [x[i] > 4]) in x"),
    ("x = 300", SWISHES, "convex min(x[i], 300) in x"),
    ("x = 3", SWISHES, "convex L in x"),
    ("t = -19", FOCAL, "convex L[i] in t"),
    ("x < -1.3", SWISHES, "increasing L in x"),
    # one side undefined
    ("t < 0", SIGN, "f = y * exp(log(t))"),
    ("m = 0", MASKED_MEAN, "q = sum[t](m[t] * x[t]) / sum[t](m[t])"),
    # numbers that no float can hold
    ("exp(10000)", NOTHING, f"exp(t) <= 5 {REAL} with t = 10000"),
    ("exp(10**10)", NOTHING, f"exp(t**2) = 5 {REAL} with t = 100000"),
    ("exp(10**18)", NOTHING, f"exp(1e18 * abs(t) + 1e18) <= 5 {REAL}"),
    ("10**999", NOTHING, f"t = 5 {REAL} with t = 1e999"),
    ("exp(exp(10**10))", NOTHING, f"exp(exp(t)) ~ 7 {REAL} with t = 1e10"),
    ("inf", NOTHING, f"limit[t -> oo](exp(t) / t) = 0 {REAL}"),
    ("10**400", NOTHING, f"limit[t -> 1e400](t) = 1 {REAL}"),
    # wrong only at j = y_i
    ("j = y_i", SOFTMAX, "dL[i]/ds[i, j] = p[i, j]"),
    ("j = y_i", SOFTMAX, "dL[i]/dw[j, k] = p[i, j] * x[i, k]"),
    ("j = y_i", HINGE, "dL[i]/ds[i, j] = [e[i, j] > 0]"),
    ("j = y_i", HINGE, "dL[i]/dw[j, k] = [s[i, j] - s[i, y[i]] + Delta > 0] * x[i, k]"),
    ("j = y_i", HINGE, "dL[i]/de[i, j] = 1"),
    ("j = y_i", SOFTMAX, "dL[i]/dp[i, j] = 0"),
    ("j != y_i", SOFTMAX, "dL[i]/dp[i, j] = -1 / p[i, j]"),
    ("j = y_i", SCORES, "s[i, j] - s[i, y[i]] <= 0"),
    # only on a diagonal
    ("j = m", SOFTMAX, "d(dL[i]/ds[i, j])/ds[i, m] = -p[i, j] * p[i, m]"),
    ("j = m", SOFTMAX, "dp[i, j]/ds[i, m] = -p[i, j] * p[i, m]"),
    ("k = l", SQUARE, "dtrace/dA[k, l] = 0"),
    ("k = l", SQUARE, "dsq[k, l]/dA[k, l] = A[l, k]"),
    ("k = l", SQUARE, "d(dform/du[k])/du[l] = A[k, l] + A[l, k] + [k == l]"),
    ("t = u", EMBEDDING, "sum[k](emb[tok[t], k] * emb[tok[u], k]) <= 0"),
    # only when two labels coincide
    ("labels coincide", LABELS, "pairs = N"),
    ("labels coincide", LABELS, "twice = (sum[i](b[y[i]]))**2 + pairs - N"),
    ("labels coincide", LABELS, "donce/db[j] = 2 * b[j] * max[i]([y[i] == j])"),
    ("labels coincide", EMBEDDING, "dout/demb[v, k] = max[t]([tok[t] == v] * g[t, k])"),
    ("labels coincide", EMBEDDING,
     "sum[v]((dout/demb[v, k])**2) = sum[t](g[t, k]**2)"),
    # only where axes are larger than 1: much is 0 before
    ("a condition", EFRON, ("dloss/dw[k] = sum[i]((exp(s[i]) * sum[j](v[j] / (A[j] - r[j] * B[j]))"
     " - v[i] * exp(s[i]) * sum[j](v[j] * r[j] / (A[j] - r[j] * B[j])) - v[i]) * x[i, k])")),
    ("factor 2", LINEAR_ATTENTION,
     ("do[t, e]/dq[r, d] = 2 * (exp(q[t, d]) * [q[t, d] <= 0] + [q[t, d] > 0])"
     " * sum[u <= t](fk[u, d] * (v[u, e] - o[t, e])) * [t == r] / n[t]")),
    ("factor H", NEIGHBOURS,
     ("dloss/dA[h, k] = 2 / H * sum[i, j if i != j and y[i] == y[j]](p[i, j]"
     " * ((z[i, h] - z[j, h]) * (x[i, k] - x[j, k])"
     " - sum[l if l != i](p[i, l] * (z[i, h] - z[l, h]) * (x[i, k] - x[l, k]))))")),
    # only for one size
    ("C = 2", SOFTMAX, "(C - 1) * (C - 3) * L[i] = 0"),
    ("C = 3", SOFTMAX, "dL[i]/ds[i, j] = (p[i, j] - [j == y[i]]) * (1 + [C == 3])"),
    ("C = 1", SOFTMAX, "L[i] > 0"),
    ("C = 1", TEMPERATURE, "H > 0"),
    ("N >= 3", REGRESSION, "(N - 1) * (N - 2) * loss = 0"),
    ("N >= 4", REGRESSION, "(N - 1) * (N - 2) * (N - 3) * loss = 0"),
    ("N = 5", REGRESSION, "loss = mean[i](L[i]) * (1 + [N == 5])"),
    ("C = 8", SCORES, "sum[j](p[i, j]) = 1 + [C == 8]"),
    ("C > 5", SCORES, "sum[j](1) <= 5 + 0 * top[i]"),
    ("D = 1", TRIPLET, "near[i] = [D > 1] * near[i]"),
    # only by a factor of a size
    ("factor N", SOFTMAX, "d(loss)/dw[j, k] = sum[i]((p[i, j] - [j == y[i]]) * x[i, k])"),
    ("factor N", REGRESSION, "dloss/db = sum[i](2 * (f[i] - y[i]))"),
    ("factor N", NORM, "dmu/dx[n] = 1"),
    ("factor C", SCORES, "sum[j](p[i, j]) = mean[j](p[i, j])"),
    # only far out
    ("t > 700", NOTHING, f"min(t, 700) = t {REAL}"),
    ("|t| > 50", NOTHING, f"max(min(t, 50), -50) = t {REAL}"),
    ("t > 50 and u > 50", NOTHING, f"[t > 50 and u > 50] = 0 {TWO}"),
    ("t > 690", NOTHING, f"exp(t) <= 1e300 {REAL}"),
    ("t > 10**6", NOTHING, f"t <= 10**6 {REAL}"),
    ("t > 10**12", NOTHING, f"t <= 10**12 {REAL}"),
    ("t > 36", NOTHING, f"softplus(t) <= 36.04 {REAL}"),
    ("far scores", SOFTMAX, "L[i] <= 50"),
    ("far scores", SOFTMAX, "L[i] <= 700"),
    ("far scores", HINGE, "L[i] <= 200"),
    ("t = 100", NOTHING, "tanh(t) = 1 for t in [100, oo)"),
    ("t < -745", NOTHING, f"relu(t) = t + relu(-t) * [t > -745] {REAL}"),
    # only at a kink
    ("t = 0", NOTHING, f"d(relu(t))/dt = [t > 0] + 2*[t == 0] {REAL}"),
    ("t = 0", NOTHING, f"sign(t)**2 = 1 {REAL}"),
    ("t = 17", NOTHING, f"d(max(0, t - 17))/dt = [t > 17] + 5*[t == 17] {REAL}"),
    ("t = 1/3", NOTHING, f"d(relu(3*t - 1))/dt = 3*[3*t > 1] + 7*[3*t == 1] {REAL}"),
    ("t = 2/7", NOTHING, f"[7*t == 2] = 0 {REAL}"),
    ("t = 1/2 - u", NOTHING, f"[2*t + 2*u == 1] = 0 {TWO}"),
    ("margin 0", HINGE,
     "dL[i]/de[i, j] = [j != y[i]] + [s[i, j] - s[i, y[i]] + Delta == 0]"),
    ("margin 0", TRIPLET, "[near[i] - far[i] + 1 == 0] = 0"),
    ("residual 0", REGRESSION, "A[i] > 0"),
    ("residual 0", REGRESSION, "dA[i]/df[i] = 2 * [f[i] >= y[i]] - 1 + 3 * [f[i] == y[i]]"),
    # only for ties
    ("ties", SCORES, "dtop[i]/ds[i, j] = [s[i, j] == top[i]]"),
    ("ties", SCORES, "sum[j]([s[i, j] == top[i]]) = 1"),
    ("ties", SCORES, "top[i] > low[i] if j != m"),
    ("ties", RANKING, "sum[n if t[n] >= t[i]](1) + sum[n if t[n] <= t[i]](1) = N + 1"),
    ("ties", RANKING, "risk[i] = exp(r[i]) + sum[n if t[n] > t[i]](exp(r[n]))"),
    ("ties", NOTHING, f"max(t, u) = t*[t > u] + u*[u > t] {TWO}"),
    # only by very little
    ("1e-7", SOFTMAX, "dL[i]/ds[i, j] = p[i, j] * (1 + 1e-7) - [j == y[i]]"),
    ("1e-7", NOTHING, f"tanh(t) = 2*sigmoid(2*t) - 1.0000001 {REAL}"),
    ("1e-25", NOTHING, f"exp(t) = exp(t) + 1e-25 {REAL}"),
    ("1e-60", NOTHING, f"exp(t) = exp(t) + 1e-60 {REAL}"),
    ("1e-7", NETWORK, "dL[i]/dyhat[i, c] = 1.0000001 * (yhat[i, c] - t[i, c])"),
    ("1e-7", NOTHING, f"d(d(softplus(t))/dt)/dt = 1.0000001*sigmoid(t)*sigmoid(-t) {REAL}"),
    # only in a corner of the domain
    ("p = 0", INFORMATION, "p[j] > 0"),
    ("p = 0", INFORMATION, "[p[j] * log(p[j]) == 0] = [p[j] == 1]"),
    ("p = 1", INFORMATION, "p[j] < 1"),
    ("p = q", INFORMATION, "KL > 0"),
    ("q = 0", INFORMATION, "CE <= 100"),
    ("p = 1", INFORMATION, "p[j] < 1"),
    ("b = 0", NOTHING, "b**2 > 0 for b in [0, 1]"),
    ("b = 1", NOTHING, "b < 1 for b in (0, 1]"),
    ("b near 0", NOTHING, "1/b <= 10**8 for b in (0, 1)"),
    ("b = -2", NOTHING, "b**2 = b + 2 for b in {-1, 0, 2}"),
    ("v = 1", MULTILABEL, "dL[i]/df[i, j] = sigmoid(f[i, j]) if v[i, j] >= 0"),
    ("a < 0", NOTHING, "sqrt(a**2) = a for a in [-1, 100)"),
    ("a b > 0 only", NOTHING, "log(a*b) = log(a) + log(b) for a in (-oo, oo), b in (-oo, oo)"),
    ("a > 1", PRELU.format(domain="(-oo, oo)"), "prelu = max(t, a * t)"),
    # second order
    ("factor 2", NOTHING, f"d(d(t**3)/dt)/dt = 3*t {REAL}"),
    ("sign", NOTHING, f"d(d(cos(t))/dt)/dt = cos(t) {REAL}"),
    ("product", NOTHING, f"d(d(t*exp(t))/dt)/dt = (1 + t)*exp(t) {REAL}"),
    ("missing term", NETWORK,
     "d(dL[i]/dneto[i, c])/dneto[i, c] = (yhat[i, c] * (1 - yhat[i, c]))**2"),
    ("mean", NORM, "dvar/dx[n] = 2 * x[n] / N"),
    ("through the mean", NORM, "dz[n]/dx[n] = 1 / sqrt(var + 1)"),
    # sums, gathers, conditions
    ("one path", ATTENTION, "do[t, e]/dz[t, s] = a[t, s] * v[s, e]"),
    ("sum over r", ATTENTION, "do[t, e]/dk[s, d] = a[t, s] * v[s, e] * q[t, d]"),
    ("index", RANKING, "dloss/dr[i] = exp(r[i]) / risk[i] - 1"),
    ("sum over c", NETWORK, ("dL[i]/dh[i, j] = mean[c]((yhat[i, c] - t[i, c]) * yhat[i, c]"
     " * (1 - yhat[i, c]) * wo[c, j])")),
    ("transposed", SQUARE, "dform/dA[k, l] = (u[k]**2 + u[l]**2) / 2"),
    ("symmetric only", SQUARE, "dform/du[k] = 2 * sum[l](A[k, l] * u[l])"),
    ("argmax", SCORES, "wrong[i] = [s[i, y[i]] < 0]"),
    # shapes and bounds
    ("bends beyond 50", NOTHING, f"convex t**2 - 4*relu(t - 50)**2 in t {REAL}"),
    ("falls beyond 100", NOTHING, f"increasing t - 2*relu(t - 100) in t {REAL}"),
    ("inflection at 0", NOTHING, f"convex sigmoid(t) in t {REAL}"),
    ("decreases with T", TEMPERATURE, "decreasing H in T"),
    ("a > 1", PRELU.format(domain="(-oo, oo)"), "convex prelu in t"),
    ("natural log", NOTHING, f"log(1 + exp(-t)) >= [t < 0] {REAL}"),
    ("at 0 only", NOTHING, f"exp(t) > 1 + t {REAL}"),
    ("by 1e-7", NOTHING, f"exp(t) >= 1.0000001 + t {REAL}"),
    ("saturates", NOTHING, "limit[b -> oo](tanh(b)) = 0.9999999 for b in (-oo, oo)"),
    ("grows", NOTHING, "limit[b -> oo](log(b)) = 30 for b in (0, oo)"),
    ("far out", NOTHING, "limit[b -> oo](min(b, 10**5)) = oo for b in (0, oo)"),
    ("1 / C", TEMPERATURE,
     "limit[T -> oo](p[j]) = 1 / (C + 1)"),
    # only in a narrow interval, or on a curve
    ("t near 1/3", NOTHING, f"10**10*(3*t - 1)**2 >= 1 {REAL}"),
    ("t near 2/7", NOTHING,
     f"sign((10**10*(7*t - 2)**2 - 1)**2) = sign(10**10*(7*t - 2)**2 - 1) {REAL}"),
    ("t near pi/2", NOTHING, f"sin(t) <= 0.9999999 {REAL}"),
    ("t near 1", NOTHING, f"exp(t) >= 2.7182818285*t {REAL}"),
    ("t = 17/23", NOTHING, f"[529*t**2 == 289] = 0 {REAL}"),
    ("t = 31", NOTHING, f"[t**2 == 2*t + 899] = 0 {REAL}"),
    ("t = 17/23, divided", NOTHING,
     ("[529*t**2 == 289] + [529*t**2 != 289] / (529*t**2 - 289) = [529*t**2 != 289]"
      f" * (529*t**2 - 288) / ((529*t**2 - 289) * (529*t**2 - 288)) {REAL}")),
    ("hollow near 0", NOTHING, f"convex t**4 - 1e-9*t**2 in t {REAL}"),
    ("falls near 0", NOTHING, f"increasing t**3 - 1e-6*t in t {REAL}"),
    ("falls near pi", NOTHING, f"increasing t + 1.000001*sin(t) in t {REAL}"),
    ("a small kink", NOTHING, f"convex t**2 - 1e-12*abs(t - 1/3) in t {REAL}"),
    ("a small step", NOTHING, f"increasing t - 1e-9*[t > 1/3] in t {REAL}"),
    ("a small step", NOTHING, f"increasing t - 1e-3*[3*t > 1] in t {REAL}"),
    ("w = 1/3", VECTOR, "f > 0"),
    ("near p = q = 1/2", INFORMATION, "KL >= 0.50001 * sum[j](abs(p[j] - q[j]))**2"),
    ("p = q = 1/2", INFORMATION, "sum[j](p[j]**2) >= 1/C + 1e-9"),
    ("w along z", VECTOR, "abs(dot) <= 0.99999 * n2 * sqrt(sum[k](z[k]**2))"),
    # only for a large size
    ("C > 20", SCORES, "sum[j](1) <= 20"),
    ("C > 100", SCORES, "C <= 100"),
    ("N C > 1000", SCORES, "N*C <= 1000"),
    ("C = 50", SCORES, "sum[j](p[i, j]) = 1 + [C == 50]"),
    ("S > 76", ATTENTION, "a[t, s] <= [S < 77]"),
    ("D > 10", VECTOR, "sum[k](w[k])**2 <= 10 * sum[k](w[k]**2)"),
    ("D > 54", VECTOR, "lse <= top + 4"),
    ("C > 20", INFORMATION, "H <= 3"),
    # only very far out
    ("t > 10**22", NOTHING, f"log(1 + t**2) <= 100 {REAL}"),
    ("t > 10**150", NOTHING, f"log(1 + t**2) <= 700 {REAL}"),
    ("t > 10**9", NOTHING, f"t**100 <= 10**900 {REAL}"),
    ("t > 10**20", NOTHING, f"1 / (1 + t**2) > 1e-40 {REAL}"),
    # signs, cases, indices, factors
    ("rounded", HINGE, "L[i] ~ 5.51 with s = [[1, 2, 3.5]], y = [0]"),
    ("rounded", HINGE, "L[i] ~ [5.5, 1] with s = [[1, 2, 3.5], [9, 0, 0]], y = [0, 0]"),
    ("rounded", HINGE, "L[i] ~ [0.5, 0.4]"),
    ("rounded", NOTHING, "exp(100) ~ 2.69"),
    ("even power", NOTHING, f"sign(t**2) = sign(t) {REAL}"),
    ("t = 0", NOTHING, f"sign(t**2) = 1 {REAL}"),
    ("t < 0", NOTHING, f"log(t**2) = 2*log(t) {REAL}"),
    ("t = u = 0", NOTHING, f"t**2 + u**2 > 0 {TWO}"),
    ("both negative", NOTHING, f"[t*u > 0] = [t > 0]*[u > 0] {TWO}"),
    ("one-sided", NOTHING, f"limit[t -> 0](abs(t)/t) = 1 {REAL}"),
    ("nothing positive", COUNTS, "max[i if x[i] > 0](x[i]) >= 0"),
    ("an empty class", COUNTS, "cnt[j] >= 1"),
    ("an even number of signs", COUNTS, "abs(c) = c"),
    ("twice", COUNTS, "s2 = (sum[i](x[i]))**2 - q"),
    ("without itself", COUNTS, "ds2/dx[i] = sum[n](x[n])"),
    ("factor 2", FACTORS, "dL/da[u, k] = -sum[v](e[u, v] * c[v, k])"),
    ("sign", FACTORS, "dL/da[u, k] = 2 * sum[v](e[u, v] * c[v, k])"),
    ("a mean", FACTORS, "dL/dc[v, k] = -2 * mean[u](e[u, v] * a[u, k])"),
    ("a hidden unit", NETWORK,
     "dL[i]/dwo[c, j] = (yhat[i, c] - t[i, c]) * yhat[i, c] * (1 - yhat[i, c]) * neth[i, j]"),
    ("transposed", NETWORK,
     ("dL[i]/dwh[j, k] = sum[c]((yhat[i, c] - t[i, c]) * yhat[i, c] * (1 - yhat[i, c])"
      " * wo[c, j]) * h[i, j] * x[i, k]")),
    ("ties at the threshold", RANKING,
     "dloss/dr[n] = exp(r[n]) * sum[i if t[n] > t[i]](1 / risk[i]) - 1"),
    ("the other way round", RANKING,
     "dloss/dr[n] = exp(r[n]) * sum[i if t[i] >= t[n]](1 / risk[i]) - 1"),
]  # fmt: skip

#: (model, claim, its verdict; "" for any of proved and verified)
TRUE = [
    (CASES, "dp[i, j]/ds[i, l] = p[i, j] * (1 - p[i, j]) if j == l", ""),
    (CASES, "dr[i]/du[j] = 2*u[y[i]] if j == y[i]", ""),
    (CASES, "dp[i, j]/ds[i, l] = p[i, m] * (1 - p[i, m]) if j == l and l == m", ""),
    # where sides touch, a strict condition or an open end leaves that out
    (NOTHING, f"log(t) < t - 1 if t > 1 {REAL}", ""),
    (NOTHING, "t + 1/t > 2 if t != 1 for t in (0, oo)", ""),
    (NOTHING, "t + 1/t > 2 for t in (1, oo)", ""),
    (NOTHING, f"(t**2 - 2)**2 > 0 if t**2 != 2 {REAL}", ""),
    (NOTHING, f"t**2 + u**2 > 2*t*u if t != u {TWO}", ""),
    (NOTHING, f"(t - 1)**2*(t - 2)**2 > 0 if t > 1 and t < 2 {REAL}", ""),
    (VECTOR, "sum[k](w[k])**2 < D*n2**2 if max[k](w[k]) > min[k](w[k])", ""),
    # an equation in the condition
    (NOTHING, "t = exp(2) if log(t) == 2 for t in (0, oo)", ""),
    # powers of powers, whatever they reach
    (NOTHING, f"2**(2**(2**t)) > 0 {REAL}", ""),
    (NOTHING, f"t**t**t > 0 if t > 0 {REAL}", ""),
    # a shape under a condition is one of the places where that holds
    (NOTHING, f"convex 1/t in t if t > 0 {REAL}", ""),
    (NOTHING, f"increasing sin(t) in t if t > -1 and t < 1 {REAL}", ""),
    (WEIGHTS, "convex log(sum[k](exp(w[k]))) in w", ""),
    (SWISHES, "increasing L + 1.1 * sum[i](x[i]) in x", ""),
    (MASKED_MEAN, "increasing q in x", ""),
    (NOTHING, f"limit[t -> sqrt(2)](t**2) = 2 {REAL}", "proved"),
    (NOTHING, f"limit[t -> pi](sin(t)) = 0 {REAL}", ""),
    (SIGN, "f = y * exp(log(t)) if t > 0", ""),
    (INFORMATION, "KL = CE - H", "proved"),
    (INFORMATION, "sum[j](p[j]) = 1", "proved"),
    (INFORMATION, "dCE/dq[j] = -p[j] / q[j]", "proved"),
    (INFORMATION, "dH/dp[j] = -log(p[j]) - 1", ""),
    (INFORMATION, "KL >= 0", ""),
    (INFORMATION, "H >= 0", ""),
    (INFORMATION, "CE >= H", ""),
    (INFORMATION, "H <= log(C)", ""),
    (INFORMATION, "convex CE in q", ""),
    (INFORMATION, "p[j] <= 1", ""),
    (NOTHING, f"d(sigmoid(t))/dt = sigmoid(t) * (1 - sigmoid(t)) {REAL}", "proved"),
    (NOTHING, f"d(tanh(t))/dt = 1 - tanh(t)**2 {REAL}", "proved"),
    (NOTHING, f"d(softplus(t))/dt = sigmoid(t) {REAL}", "proved"),
    (NOTHING, f"d(relu(t))/dt = [t > 0] {REAL}", "proved"),
    (NOTHING, f"d(abs(t))/dt = sign(t) {REAL}", "proved"),
    (NOTHING, f"tanh(t) = 2*sigmoid(2*t) - 1 {REAL}", "proved"),
    (NOTHING, f"tanh(t) = (exp(2*t) - 1) / (exp(2*t) + 1) {REAL}", "proved"),
    (NOTHING, f"sigmoid(-t) = 1 - sigmoid(t) {REAL}", "proved"),
    (NOTHING, f"log(1 + exp(t)) - t = log(1 + exp(-t)) {REAL}", "proved"),
    (NOTHING, f"(t - u)**2 = (1 - u*t)**2 {REAL}, u in {{-1, 1}}", "proved"),
    (NOTHING, f"d(d(softplus(t))/dt)/dt = sigmoid(t)*sigmoid(-t) {REAL}", "proved"),
    (NOTHING, f"d(d(t*exp(t))/dt)/dt = (2 + t)*exp(t) {REAL}", "proved"),
    (NOTHING, f"d(d(t**2*u)/dt)/du = 2*t {TWO}", "proved"),
    (NOTHING, f"max(t, u) + min(t, u) = t + u {TWO}", ""),
    (NOTHING, f"abs(t*u) = abs(t)*abs(u) {TWO}", ""),
    (NOTHING, f"max(t, u) = t*[t >= u] + u*[u > t] {TWO}", ""),
    (NOTHING, f"relu(t) - relu(-t) = t {REAL}", ""),
    (NOTHING, f"relu(t) = (t + abs(t)) / 2 {REAL}", ""),
    (NOTHING, f"log2(1 + exp(-t)) >= [t < 0] {REAL}", "proved"),
    (NOTHING, f"max(0, 1 - t) >= [t < 0] {REAL}", "proved"),
    (NOTHING, f"(1 - t)**2 >= [t < 0] {REAL}", "proved"),
    (NOTHING, f"exp(t) >= 1 + t {REAL}", "proved"),
    (NOTHING, "log(b) <= b - 1 for b in (0, oo)", "proved"),
    (NOTHING, f"softplus(t) > relu(t) {REAL}", ""),
    (NOTHING, f"tanh(t) < 1 {REAL}", ""),
    (NOTHING, "sqrt(a**2) = abs(a) for a in [-1, 100)", ""),
    (NOTHING, "log(a*b) = log(a) + log(b) for a in (0, oo), b in (0, oo)", "proved"),
    (NOTHING, "t*u <= (t**2 + u**2) / 2 for t in [-1, 1], u in [-1, 1]", ""),
    (NOTHING, f"convex softplus(t) in t {REAL}", "proved"),
    (NOTHING, "convex softplus(t) in t for t in [-5, 5]", "proved"),
    (NOTHING, f"increasing sigmoid(t) in t {REAL}", "proved"),
    (NOTHING, "concave log(t) in t for t in (0, oo)", "proved"),
    (NOTHING, f"convex max(0, 1 - t) in t {REAL}", ""),
    (NOTHING, "d(sigmoid(t))/dt < 0.01 for t in [5, oo)", "proved"),
    (NOTHING, "limit[b -> oo](tanh(b)) = 1 for b in (-oo, oo)", "proved"),
    (NOTHING, "limit[b -> oo](b * exp(-b)) = 0 for b in (-oo, oo)", ""),
    (NOTHING, "limit[b -> 0]((exp(b) - 1) / b) = 1 for b in (-oo, oo)", ""),
    (TEMPERATURE, "increasing H in T", ""),
    (TEMPERATURE, "limit[T -> oo](p[j]) = 1 / C", "proved"),
    (TEMPERATURE, "dp[j]/dT = p[j] * (sum[l](p[l] * s[l]) - s[j]) / T**2", "proved"),
    (SOFTMAX, "L[i] = -s[i, y[i]] + log(sum[l](exp(s[i, l])))", "proved"),
    (SOFTMAX, "L[i] >= 0", ""),
    (SOFTMAX, "dL[i]/dw[j, k] = (p[i, j] - [j == y[i]]) * x[i, k]", "proved"),
    (SOFTMAX, "dloss/dw[j, k] = mean[i]((p[i, j] - [j == y[i]]) * x[i, k])", "proved"),
    (SOFTMAX, "sum[j](dL[i]/ds[i, j]) = 0", "proved"),
    (SOFTMAX, "d(dL[i]/ds[i, j])/ds[i, m] = p[i, j] * ([j == m] - p[i, m])", "proved"),
    (SOFTMAX, "dp[i, j]/ds[i, m] = -p[i, j] * p[i, m] if j != m", "proved"),
    (SOFTMAX, "convex L[i] in w", ""),
    (HINGE, "L[i] = 0 with s = [[10, 9, 9]], y = [0]", ""),
    (HINGE, "convex L[i] in w", ""),
    (HINGE, "dL[i]/dw[j, k] = [s[i,j] - s[i,y[i]] + Delta > 0] * x[i, k] if j != y[i]", "proved"),
    (HINGE, "dL[i]/dDelta = sum[j if j != y[i]]([s[i, j] - s[i, y[i]] + Delta > 0])", ""),
    (SCORES, "low[i] <= top[i]", ""),
    (SCORES, "sum[j](dtop[i]/ds[i, j]) = 1", ""),
    (SCORES, "s[i, best[i]] = top[i]", ""),
    (SCORES, "wrong[i] = [s[i, y[i]] < top[i]] if wrong[i] == [s[i, y[i]] < top[i]]", ""),
    (MULTILABEL, "dL[i]/df[i, j] = sigmoid(f[i, j]) - v[i, j]", "proved"),
    (EMBEDDING, "dout/demb[v, k] = sum[t if tok[t] == v](g[t, k])", ""),
    (LABELS, "pairs >= N", ""),
    (LABELS, "twice = (sum[i](b[y[i]]))**2", ""),
    (LABELS, "donce/db[j] = 2 * b[j] * sum[i]([y[i] == j])", ""),
    (SQUARE, "dtrace/dA[k, l] = [k == l]", "proved"),
    (SQUARE, "dform/du[k] = sum[l]((A[k, l] + A[l, k]) * u[l])", ""),
    (SQUARE, "dsq[k, l]/dA[k, l] = A[l, k] if k != l", ""),
    (RANKING, "dloss/dr[n] = exp(r[n]) * sum[i if t[n] >= t[i]](1 / risk[i]) - 1", ""),
    (REGRESSION, "dloss/db = mean[i](2 * (f[i] - y[i]))", "proved"),
    (REGRESSION, "dA[i]/dw[k] = sign(f[i] - y[i]) * x[i, k]", "proved"),
    (ATTENTION, "do[t, e]/dz[t, s] = a[t, s] * (v[s, e] - o[t, e])", "proved"),
    (NORM, "dvar/dx[n] = 2 * (x[n] - mu) / N", ""),
    (NORM, "sum[n](z[n]) = 0", ""),
    (NETWORK, "dL[i]/dneto[i, c] = (yhat[i, c] - t[i, c]) * yhat[i, c] * (1 - yhat[i, c])",
     "proved"),
    (PRELU.format(domain="[0, 1]"), "prelu = max(t, a * t)", "proved"),
    (NOTHING, f"sign(t**2) = [t != 0] {REAL}", "proved"),
    (NOTHING, f"sign(t**3) = sign(t) {REAL}", "proved"),
    (NOTHING, f"abs(t**3) = abs(t)**3 {REAL}", "proved"),
    (NOTHING, "(t + u)/2 >= sqrt(t*u) for t in (0, oo), u in (0, oo)", ""),
    (NOTHING, f"t**2 - t >= -1/4 {REAL}", ""),
    (NOTHING, f"exp(t) >= exp(1)*t {REAL}", ""),
    (NOTHING, f"sin(t)**2 + cos(t)**2 = 1 {REAL}", ""),
    (NOTHING, f"increasing t + sin(t) in t {REAL}", ""),
    (NOTHING, f"convex t*u in t {TWO}", "proved"),
    (NOTHING, f"exp(-t**2) > 0 {REAL}", "proved"),
    (NOTHING, f"sigmoid(t) < 1 {REAL}", "proved"),
    (NOTHING, f"1 / (1 + t**2) > 0 {REAL}", "proved"),
    (NOTHING, "log(t) < 0 for t in (0, 1)", "proved"),
    (NOTHING, "1/t > 1 for t in (0, 1)", "proved"),
    (NOTHING, "t*u > 0 for t in (0, oo), u in (0, oo)", "proved"),
    (NOTHING, f"exp(t) < oo {REAL}", ""),
    (HINGE, "L[i] ~ 5.50 with s = [[1, 2, 3.5]], y = [0]", "verified"),
    (HINGE, "L[i] ~ [5.5, 0] with s = [[1, 2, 3.5], [9, 0, 0]], y = [0, 0]", "verified"),
    (INFORMATION, "KL >= 0.5 * sum[j](abs(p[j] - q[j]))**2", ""),
    (INFORMATION, "sum[j](p[j]**2) >= 1/C", ""),
    (VECTOR, "abs(dot) <= n2 * sqrt(sum[k](z[k]**2))", ""),
    (VECTOR, "sum[k](w[k])**2 <= D * sum[k](w[k]**2)", ""),
    (VECTOR, "lse <= top + log(D)", ""),
    (VECTOR, "dlse/dw[k] = exp(w[k] - lse)", ""),
    (COUNTS, "s2 = ((sum[i](x[i]))**2 - q) / 2", ""),
    (COUNTS, "dc/dx[i] = prod[n if n != i](x[n])", ""),
    (COUNTS, "sum[j](cnt[j]) = N", ""),
    (EFRON, ("dloss/ds[i] = exp(s[i]) * sum[j if t[j] <= t[i]](v[j] / (A[j] - r[j] * B[j]))"
     " - v[i] * exp(s[i]) * sum[j if t[j] == t[i]](v[j] * r[j] / (A[j] - r[j] * B[j]))"
     " - v[i]"), ""),
    (LINEAR_ATTENTION,
     "do[t, e]/dv[u, m] = sum[d](fq[t, d] * fk[u, d]) / n[t] * [u <= t] * [e == m]", ""),
    (NEIGHBOURS,
     ("dloss/dA[h, k] = 2 * sum[i, j if i != j and y[i] == y[j]](p[i, j]"
     " * ((z[i, h] - z[j, h]) * (x[i, k] - x[j, k])"
     " - sum[l if l != i](p[i, l] * (z[i, h] - z[l, h]) * (x[i, k] - x[l, k]))))"), ""),
    (RANK_GAIN, "dloss/dr[i] = g[i] / ((1 + r[i]) * log(1 + r[i])**2)", "proved"),
    (RANK_GAIN, ("dr[i]/ds[i] = -sum[j if j != i](exp((s[i] - s[j]) / T)"
     " / (1 + exp((s[i] - s[j]) / T))**2) / T"), ""),
    (FLOW, "dloss/da = exp(a) * mean[i]((2 * z[i] - 1) * x[i]) - 1", ""),
    (FACTORS, "dL/da[u, k] = -2 * sum[v](e[u, v] * c[v, k])", "proved"),
]  # fmt: skip
