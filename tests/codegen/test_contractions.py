"""Random sums of products: whatever the axes, the code is what einsum says."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Mul

from symderive.codegen import generate_source, load_module
from symderive.expr import Index, Tensor
from symderive.model import axes, build, data, define, total

LETTERS = "abcd"
SIZES = dict(zip(LETTERS, (2, 3, 1, 4), strict=True))


@st.composite
def sums(draw):
    """Letters of each factor, of the result, and the seed of the values."""
    factors = draw(st.lists(st.lists(st.sampled_from(LETTERS), max_size=3), min_size=1, max_size=4))
    used = sorted(set(itertools.chain(*factors)))
    kept = draw(st.permutations(used)).copy()
    kept = kept[: draw(st.integers(0, len(kept)))]
    return ["".join(factor) for factor in factors], "".join(kept)


@settings(max_examples=60)
@given(sums(), st.sampled_from(["fast", "readable"]))
def test_a_sum_of_products(case, level):
    factors, kept = case
    axis = dict(zip(LETTERS, axes("A B C D"), strict=True))
    index = {letter: Index(letter, axis[letter]) for letter in LETTERS}
    inputs = [data(f"x{n}", *(axis[c] for c in letters)) for n, letters in enumerate(factors)]
    entries = [
        declared.tensor[tuple(index[c] for c in letters)]
        for declared, letters in zip(inputs, factors, strict=True)
    ]
    bound = [index[c] for c in LETTERS if any(c in f for f in factors) and c not in kept]
    body = Mul(*entries)
    result = Tensor("result", tuple(axis[c] for c in kept))
    right = total(body, *bound) if bound else body
    model = build("random", inputs, [define(result[tuple(index[c] for c in kept)], right)])
    module = load_module(generate_source(model, level=level), "random")
    rng = np.random.default_rng(len("".join(factors)))
    arrays = [rng.normal(size=[SIZES[c] for c in letters]) for letters in factors]
    expected = np.einsum(f"{','.join(factors)}->{kept}", *arrays)
    found = module.value(*arrays)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
