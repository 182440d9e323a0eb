"""Which adjoints get a name of their own, so that products are said once and paths stay short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from symderive.derive.links import Links
from symderive.expr import free_indices

#: A path longer than this is broken by naming adjoints on it.
LONGEST_PATH = 4


def named_adjoints(links: Links, order: Sequence[str], of: str, targets: Sequence[str]) -> set[str]:
    """The intermediates between ``of`` and ``targets`` whose adjoint gets a name.

    These are: where several paths meet; where the paths to several targets part, if one of them
    is not done yet; on a path that is too long, where a sum over an index begins and before its
    end; and where a stretch would still be too long. ``order`` has every name, ``of`` first.
    """
    named: set[str] = set()
    ways = {target: _way(links, order, of, target) for target in targets}
    for target, way in ways.items():
        named |= _meetings(way) | _along(links, way, target)
    inside = set().union(*ways.values())
    for name in inside - {of}:
        nexts = {below for way in ways.values() for below in way.get(name, ())}
        if len(nexts) > 1 and not nexts <= set(targets):
            named.add(name)
    return named - {of} - set(targets)


def _way(links: Links, order: Sequence[str], of: str, target: str) -> dict[str, tuple[str, ...]]:
    """The names on the paths from ``of`` to ``target``, in order, with those right below."""
    leads = {target}
    for name in reversed(order):
        if any(below in leads for below in links.below(name)):
            leads.add(name)
    way: dict[str, tuple[str, ...]] = {}
    wanted = {of}
    for name in order:
        if name in wanted and name in leads:
            way[name] = tuple(below for below in links.below(name) if below in leads)
            wanted.update(way[name])
    return way


def _meetings(way: Mapping[str, Sequence[str]]) -> set[str]:
    """The names that several of the others lead to."""
    arrivals = Counter(below for belows in way.values() for below in belows)
    return {name for name in way if arrivals[name] > 1}


def _along(links: Links, way: Mapping[str, Sequence[str]], target: str) -> set[str]:
    """The names that break a path that is too long."""
    named: set[str] = set()
    if _cut(way, target, named).get(target, 0) > LONGEST_PATH:
        named = {name for name in way if name != target and _breaks(links, name, way[name], target)}
    _cut(way, target, named)
    return named


def _cut(way: Mapping[str, Sequence[str]], target: str, named: set[str]) -> dict[str, int]:
    """The longest stretch to each name; with names given, stretches too long are cut by more."""
    lengths: dict[str, int] = {}
    cutting = bool(named)
    for name, belows in way.items():
        if name == target:
            continue
        if cutting and lengths.get(name, 0) >= LONGEST_PATH:
            named.add(name)
        steps = 0 if name in named else lengths.get(name, 0)
        for below in belows:
            lengths[below] = max(lengths.get(below, 0), steps + 1)
    return lengths


def _breaks(links: Links, name: str, belows: Sequence[str], target: str) -> bool:
    """Whether the adjoint of ``name`` is the one to name: the target or a sum stands below it."""
    return target in belows or _contracts(links, name, belows, target)


def _contracts(links: Links, name: str, belows: Sequence[str], target: str) -> bool:
    """Whether a sum over an index of ``name`` remains below it."""
    return any(
        not set(edge.equation.indices) <= free_indices(*edge.target.slots)
        for below in belows
        if below != target
        for edge in links.below(name)[below]
    )
