"""Rewriting: facts, the constructor of sums, normal form, named intermediates put back."""

from symderive.rewrite.algebra import (
    as_quotients,
    common_factor,
    is_total,
    powers,
    tidy,
    weight,
)
from symderive.rewrite.facts import Facts, is_positional
from symderive.rewrite.fold import Named, fold, named_all, through_value, with_sigmoids
from symderive.rewrite.sums import common_bracket, make_sum, normalise, split_brackets, times

__all__ = [
    "Facts",
    "Named",
    "as_quotients",
    "common_bracket",
    "common_factor",
    "fold",
    "is_positional",
    "is_total",
    "make_sum",
    "named_all",
    "normalise",
    "powers",
    "split_brackets",
    "through_value",
    "tidy",
    "times",
    "weight",
    "with_sigmoids",
]
