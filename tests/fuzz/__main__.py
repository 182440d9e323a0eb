"""``python -m tests.fuzz``: random models and mutated texts, for as long as asked."""

from __future__ import annotations

import argparse
import gc
import secrets
import sys
from pathlib import Path

from tests.fuzz.campaign import KINDS, Tally, load, run, save
from tests.fuzz.report import page


def main() -> int:
    """Run, report, and return 1 if anything failed."""
    options = _options()
    gc.freeze()  # what is imported stays; expressions hold each other in few cycles
    gc.set_threshold(200_000)
    path = Path(options.tally) if options.tally else None
    tallies = load(path) if path else {}
    failed = 0
    kinds = list(KINDS) if options.kind == "both" else [options.kind]
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    _say(f"seed {seed}")
    for kind in kinds:
        if options.seconds <= 0:
            continue
        tally = Tally()
        left = options.count
        while left is None or left > 0:
            part = 500 if left is None else min(left, 500)
            before = tally.count
            within = options.seconds / len(kinds) - tally.seconds
            start = seed + before
            run(kind, start, tally, seconds=within, count=part, say=_say)
            left = None if left is None else left - part
            if path:
                save(path, _merged(tallies, kind, tally))
            if tally.count - before < part:
                break
        failed += len(tally.failures)
        tallies = _merged(tallies, kind, tally)
        rate = tally.count / tally.seconds if tally.seconds else 0.0
        outcomes = ", ".join(f"{name} {count}" for name, count in sorted(tally.outcomes.items()))
        _say(f"{kind}: {tally.count} seeds from {seed}, {rate:.1f} a second: {outcomes}")
    if options.report:
        Path(options.report).write_text(page(tallies), "utf-8")
    return 1 if failed else 0


def _merged(tallies: dict[str, Tally], kind: str, tally: Tally) -> dict[str, Tally]:
    old = tallies.get(kind, Tally())
    return {
        **tallies,
        kind: Tally(
            old.seeds + tally.seeds,
            old.outcomes + tally.outcomes,
            old.equations + tally.equations,
            old.constructs + tally.constructs,
            old.pairs + tally.pairs,
            old.seconds + tally.seconds,
            old.failures + tally.failures,
        ),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--kind", choices=[*KINDS, "both"], default="both")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long; 0 only reports")
    parser.add_argument("--count", type=int, help="at most so many seeds of each kind")
    parser.add_argument("--seed", type=int, help="the first seed; without it, a random one")
    parser.add_argument("--tally", metavar="FILE", help="add the counts to those in FILE (JSON)")
    parser.add_argument("--report", metavar="FILE", help="write what was covered as Markdown")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
