"""Shapes are tried at the edge of their condition: on it, close to it, and in between."""

import pytest

from symderive.notation.sym import read_claim, read_model
from symderive.verify.claims import judge

SCALARS = "data p\ndata q\ndata l\nf = (q*p)**2 + l*p**2"
FACTORS = """
data R[U, V]
param P[U, K]
param Q[V, K]
data l
index u: U
index v: V
index k: K
e[u, v] = R[u, v] - sum[k](P[u, k]*Q[v, k])
loss = sum[u, v](e[u, v]**2)/2 + l/2*sum[u, k](P[u, k]**2)
"""


def verdict(text, claim):
    model = read_model(text, "model")
    return judge(read_claim(claim, model), model)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (SCALARS, "convex l*p**2 in p if l > -0.1"),
        (SCALARS, "convex l*p**2 in p if l > -0.5"),
        (SCALARS, "convex l*p**2 in p if l >= -1e-7"),
        (SCALARS, "convex l*p**2 in p if l > 0 - 1/10 and l < 5"),
        (SCALARS, "convex (l - 7)*p**2 in p if l > 6.9"),
        (SCALARS, "convex l*p**2 in p if l > -1e-9 and l < 0"),
        (SCALARS, "increasing l*p in p if l > -0.1"),
        (SCALARS, "convex l**2*p**2 - 1e-3*p**2 in p if abs(l) > 0.03"),
        (SCALARS, "convex f in p if q == 0 and l >= -1e-7"),
        (SCALARS, "convex p**3 in p if p > -0.1"),
        (SCALARS, "increasing (p - q)**2 in p if p > q - 1e-3"),
        (FACTORS, "convex loss in P if l >= -0.1"),
        (FACTORS, "convex loss in P if l > -0.1"),
    ],
)
def test_a_shape_that_fails_near_the_edge_of_its_condition_is_refuted(text, claim):
    found = verdict(text, claim)
    assert found.kind == "refuted"
    assert found.counterexample is not None


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (SCALARS, "convex l*p**2 in p if l >= 0"),
        (SCALARS, "convex f in p if l > 0 or q**2 > -l"),
        (FACTORS, "convex loss in P if l >= 0"),
    ],
)
def test_a_shape_that_holds_up_to_the_edge_is_not(text, claim):
    assert verdict(text, claim).kind == "verified"
