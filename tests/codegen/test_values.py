"""Generated values and gradients are what the equations mean."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("level", "stable"), [("fast", True), ("fast", False), ("readable", False)]
)
def test_values_and_gradients_are_those_of_the_equations(model, level, stable, checked):
    checked(model, level, stable, np.float64, 1e-9, most=9)


def test_float32_stays_float32(model, level, checked):
    checked(model, level, True, np.float32, 2e-3, most=2)


def test_larger_sizes_that_all_differ(model, checked):
    checked(model, "fast", False, np.float64, 1e-9, most=1, sizes=(4, 2, 3))
