"""Many seeds through a journey: counted, timed, each failure reported with its seed."""

from __future__ import annotations

import json
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symderive.errors import CheckError, NotSupportedError
from tests.fuzz.journey import LEVELS, travel
from tests.fuzz.models import pairs, random_model
from tests.fuzz.texts import mutated, visit

#: Seconds of processor time after which something hangs.
PATIENCE = 5.0


@dataclass
class Tally:
    """What happened to the seeds of one kind."""

    seeds: list[list[int]] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    equations: Counter[int] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many seeds."""
        return sum(stop - start for start, stop in self.seeds)

    def ran(self, seed: int) -> None:
        """One more seed; neighbours are one range."""
        if self.seeds and self.seeds[-1][1] == seed:
            self.seeds[-1][1] = seed + 1
        else:
            self.seeds.append([seed, seed + 1])

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "equations": dict(self.equations)}

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Tally:
        equations = Counter({int(key): value for key, value in found.pop("equations").items()})
        counters = {name: Counter(found.pop(name)) for name in ("outcomes", "constructs", "pairs")}
        return cls(**found, **counters, equations=equations)


class HangError(BaseException):
    """Nothing may catch it on the way."""


def _model(seed: int, tally: Tally) -> str:
    model, used = random_model(seed)
    tally.equations[len(model.equations)] += 1
    tally.constructs.update(used)
    tally.pairs.update(" + ".join(pair) for pair in pairs(used))
    try:
        # The levels take turns; what they have in common is most of the way.
        passed = travel(model, seed, [LEVELS[seed % len(LEVELS)]])
    except NotSupportedError:
        return "not supported"
    tally.outcomes["points compared"] += passed.compared
    tally.outcomes["points beyond float64"] += passed.beyond
    tally.outcomes["points decided by rounding"] += passed.close
    return "passed"


def _text(seed: int, tally: Tally) -> str:  # noqa: ARG001 - as for models
    return visit(mutated(seed))


#: What can be tried.
KINDS: dict[str, Callable[[int, Tally], str]] = {"models": _model, "texts": _text}


def run(
    kind: str,
    first: int,
    tally: Tally,
    *,
    seconds: float,
    count: int | None,
    say: Callable[[str], None],
) -> None:
    """Seeds from ``first`` on until time or ``count`` is up."""
    started = time.monotonic()
    seed = first
    while (count is None or seed < first + count) and time.monotonic() - started < seconds:
        before = time.process_time()
        try:
            with limited():
                outcome = KINDS[kind](seed, tally)
        except HangError:
            outcome = "hung"
        except Exception as error:  # noqa: BLE001 - any other error is a finding
            outcome = "failed"
            where = "" if isinstance(error, CheckError) else _where(error)
            say(f"{kind} {seed}: {type(error).__name__}: {error}{where}")
        tally.seconds += time.process_time() - before
        tally.outcomes[outcome] += 1
        tally.ran(seed)
        if outcome in ("hung", "failed"):
            tally.failures.append(f"{kind} {seed}")
            say(f"{kind} {seed}: {outcome}")
        seed += 1


@contextmanager
def limited() -> Iterator[None]:
    """:class:`HangError` after five seconds of processor time."""

    def stop(*_: object) -> None:
        raise HangError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return "".join(f"\n  {Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)


def load(path: Path) -> dict[str, Tally]:
    """The tallies that :func:`save` wrote; none if there is no file."""
    if not path.is_file():
        return {}
    found = json.loads(path.read_text("utf-8"))
    return {kind: Tally.from_json(tally) for kind, tally in found.items()}


def save(path: Path, tallies: dict[str, Tally]) -> None:
    """Write all tallies, or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({kind: tally.to_json() for kind, tally in tallies.items()}), "utf-8")
    part.rename(path)
