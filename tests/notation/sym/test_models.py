"""Models written in the language: read, derived by every input, every line checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from symderive.catalog import claim_files, names
from symderive.derive import derive
from symderive.notation.sym import read_file, read_model
from symderive.notation.text import model_text
from symderive.pipeline import resolve
from symderive.verify.lines import check_derivations

FILES = sorted((Path(__file__).parent / "models").glob("*.sym"))


def test_there_are_many():
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_of_every_derivation_holds(path):
    model = read_file(path)
    # By all inputs where the turn comes; by the last one in the others.
    inputs = model.real_inputs if FILES.index(path) % 3 == 0 else model.real_inputs[::-1][:1]
    found = [derive(model, wrt=declaration.name) for declaration in inputs]
    assert found
    assert all(evidence.comparisons > 0 for evidence in check_derivations(found))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_printed_reads_back_to_the_same_model(path):
    model = read_file(path)
    assert read_model(model_text(model), model.name) == model


@pytest.mark.parametrize("name", [*names(), *claim_files()])
def test_the_catalog_reads_back_equal_with_its_claims(name):
    model = resolve(name)
    assert read_model(model_text(model), model.name) == model


#: Right sides that are easily printed as something else of the same value, and claims.
LINES = [
    "a[i, k] = log(b) / log(2)",
    "a[i, k] = 1/N * sum[n](x[n, k])",
    "a[i, k] = where(not (b > 0 and u > 0), b**2**u, -b**-u)",
    "a[i, k] = max(b, u, 1) + min(u, b) - max(b, 0)",
    "a[i, k] = sum[j, m if j < m and w[j, k] > 0](w[m, k]) / 2**N",
    "a[i, k] = [b > 0 or u > 0 and b < 1] * w[y[i], k]",
    "a[i, k] = b * x[i, k]\nclaim a[i, k] = a[n, k]",
    "a[i, k] = b * x[i, k]\n\n  claim   limit[t -> -oo](exp(t)) = 0 for t in (-oo, oo)",
    "a[i, k] = b * x[i, k]\nclaim a[i,k] ~ [[1.50, -2e1]] with x = [[1, 1/2]] # a point",
    "a[i, k] = b * x[i, k]\nclaim d(da[i, k]/db)/db <= 0 if not b < 1 or i == n",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_reads_back_as_the_same_expression(line):
    given = (
        "data x[N, D]\nlabel y[N] in C\nparam w[C, D]\nparam b\ndata u in [-pi, 3)\n"
        "index i, n: N; j, m: C; k: D\n"
    )
    model = read_model(f"{given}{line}\n", "line")
    assert read_model(model_text(model), "line") == model
