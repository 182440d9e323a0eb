"""What the fuzzing covered, as a page of Markdown."""

from __future__ import annotations

from itertools import combinations

from tests.fuzz.campaign import Tally
from tests.fuzz.models import EVERY

_HEAD = """\
# Fuzzing: what was tried

`make fuzz` sends random models and mutated texts through the whole house. This page is written by
`python -m tests.fuzz --report docs/fuzzing.md` from the tally of the runs it is given.

A random **model** is printed, read back, stabilised, differentiated, turned into a module at one
of the levels in turn, loaded, and its value and gradients are compared with the reference evaluator
and its dual numbers: at a point of round and smooth values, where kinks and ties are met, and at
one with scores of 10,000. No array may change, `value` and `value_and_vjp` must agree. A mutated
**text** is read, and if it is a model, shown, derived, typeset and compiled, while Python's audit
hook watches for anything that is run, opened or started.

A seed counts as failed, or hung, in the run that found it. What was wrong has been corrected since,
and is a test: `tests/fuzz/test_regressions.py`. What stays is where rounding decides: a comparison
or an arg max of values that are equal but for their last digits, or of one that underflows; and
seed 82011762, a softmax of scores of 10**12, of whose probabilities five digits are left.
"""


def page(tallies: dict[str, Tally]) -> str:
    """The whole page."""
    parts = [_HEAD, *(_summary(kind, tally) for kind, tally in sorted(tallies.items()))]
    if "models" in tallies:
        parts.append(_coverage(tallies["models"]))
    return "\n".join(parts)


def _summary(kind: str, tally: Tally) -> str:
    rate = tally.count / tally.seconds if tally.seconds else 0.0
    ranges = ", ".join(f"{start}-{stop - 1}" for start, stop in tally.seeds)
    lines = [
        f"## {kind.capitalize()}: {tally.count:,}",
        "",
        f"Seeds {ranges}; {rate:.0f} a second of processor time.",
    ]
    if tally.equations:
        lines[-1] += f" Equations of a model: median {_median(tally)}, most {max(tally.equations)}."
    lines += ["", "| outcome | count |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in sorted(tally.outcomes.items())]
    if tally.failures:
        lines += ["", f"Failures: {', '.join(tally.failures)}."]
    return "\n".join([*lines, ""])


def _median(tally: Tally) -> int:
    every = sorted(tally.equations.elements())
    return every[len(every) // 2]


def _coverage(tally: Tally) -> str:
    every = sorted(EVERY)
    met = {pair: tally.pairs[" + ".join(pair)] for pair in combinations(every, 2)}
    covered = sum(count > 0 for count in met.values())
    never = [pair for pair, count in met.items() if not count]
    lines = [
        f"## Pairs of constructs: {covered:,} of {len(met):,}",
        "",
        "How many models had each construct, how many others it met, and which it met least.",
        "",
        "| construct | models | met | least often with |",
        "|---|---|---|---|",
    ]
    for name in every:
        others = {pair: count for pair, count in met.items() if name in pair}
        least = min(others, key=lambda pair: (others[pair], pair))
        (other,) = set(least) - {name}
        together = sum(count > 0 for count in others.values())
        lines.append(
            f"| {name} | {tally.constructs[name]:,} | {together} of {len(others)}"
            f" | {other} ({others[least]}) |"
        )
    if never:
        lines += ["", "Never together: " + "; ".join(" and ".join(pair) for pair in never) + "."]
    return "\n".join([*lines, ""])
