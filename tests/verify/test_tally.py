"""How errors are counted, and that nothing that differs passes as equal."""

from __future__ import annotations

import math

from symderive.verify.tally import Tally


def compared(found, wanted, floor=0.0):
    tally = Tally(floor=floor)
    tally.compare(dict(enumerate(found)), dict(enumerate(wanted)))
    return tally


def test_an_error_is_relative_to_the_largest_entry():
    tally = compared([1.0, 99.0], [0.0, 100.0])
    assert (tally.points, tally.worst) == (2, 0.01)


def test_below_the_floor_an_error_is_relative_to_the_floor():
    assert compared([1e-9], [0.0], floor=1.0).worst == 1e-9
    assert compared([1e-9], [0.0]).worst == math.inf


def test_what_is_not_defined_is_not_compared():
    tally = compared([7.0, 1.0], [math.nan, 1.0])
    assert (tally.points, tally.worst) == (1, 0.0)


def test_what_is_no_number_where_one_is_wanted_is_infinitely_wrong():
    assert compared([math.nan], [1.0]).worst == math.inf
    assert compared([math.inf], [1.0]).worst == math.inf
    assert compared([math.inf], [math.inf]).worst == 0.0
    assert compared([1.0, math.inf], [1.0, -math.inf]).worst == math.inf


def test_tallies_add_up():
    tally = compared([1.0], [1.0])
    tally.add(compared([1.0, 3.0], [1.0, 2.0]))
    assert (tally.points, tally.worst) == (3, 0.5)
