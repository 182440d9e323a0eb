"""Claim B12: what backpropagation and numerical differentiation cost, timed on generated code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from symderive import catalog
from symderive.files import write_file
from symderive.lecture.training import Array, initial
from symderive.pipeline import CompileRequest
from symderive.pipeline import compile as compile_model
from symderive.plots.style import STROKES, saved, styled

#: Widths of the hidden layer; four parameters for each unit, and one more.
WIDTHS = (8, 16, 32, 64, 128, 256)
#: So many samples that NumPy's work, not its calls, is what is timed.
SAMPLES = 1000
#: Freed once, an array of this size makes the C library keep memory for those that follow: else it
#: asks the system for each of the larger ones anew, and that is what would be timed.
KEPT = 24 * 2**20
#: The exponents are those of the widest networks: in narrow ones NumPy's calls cost more than work.
FITTED = 4
#: The best of so many runs; a numerical gradient is long enough for one.
RUNS = 7
STEP = 1e-5


@dataclass(frozen=True)
class Cost:
    """One network: how many parameters, the seconds of each way, and how far they are apart."""

    parameters: int
    backpropagation: float
    numerical: float
    difference: float


def numerical_gradient(
    function: Callable[..., Any], params: Mapping[str, Array], step: float = STEP
) -> dict[str, Array]:
    """Central differences, ``(f(theta + h e) - f(theta - h e)) / 2h``, for one entry at a time.

    >>> grads = numerical_gradient(lambda w: float((w**2).sum()), {"w": np.array([1.0, 3.0])})
    >>> grads["w"].round(6).tolist()
    [2.0, 6.0]
    """
    grads = {}
    for name, value in params.items():
        grads[name] = np.empty_like(value)
        moved = value.copy()
        for place in np.ndindex(value.shape):
            ends = []
            for change in (step, -step):
                moved[place] = value[place] + change
                ends.append(float(function(**{**params, name: moved})))
            moved[place] = value[place]
            grads[name][place] = (ends[0] - ends[1]) / (2 * step)
    return grads


def measure(
    widths: Sequence[int] = WIDTHS,
    samples: int = SAMPLES,
    begun: Callable[[int], None] = lambda _: None,
) -> tuple[Cost, ...]:
    """Time both ways to the gradient of one network of growing width; ``begun`` hears of each."""
    model = catalog.network(("H",), "tanh", "squared_error")
    compiled = compile_model(CompileRequest(model))
    rng = np.random.default_rng(0)
    data = {"x": rng.normal(size=(samples, 2)), "y": rng.normal(size=samples)}
    np.ones(KEPT, dtype=np.int8)
    costs = []
    for width in widths:
        begun(width)
        params = initial(model, {"D": 2, "H": width}, seed=0)
        seconds, (_, exact) = _best(partial(compiled.value_and_grad, **data, **params), RUNS)
        loss = partial(compiled.value, **data)
        slow, rough = _best(partial(numerical_gradient, loss, params), 1)
        apart = max(float(np.abs(exact[name] - rough[name]).max()) for name in params)
        count = sum(value.size for value in params.values())
        costs.append(Cost(count, seconds, slow, apart))
    return tuple(costs)


def _best(work: Callable[[], Any], runs: int) -> tuple[float, Any]:
    """The shortest time of several runs, other processes left out, and what the work returned."""
    times, result = [], None
    for _ in range(runs):
        start = process_time()
        result = work()
        times.append(process_time() - start)
    return min(times), result


def slope(costs: Sequence[Cost], seconds: Callable[[Cost], float]) -> float:
    """The exponent of growth: the slope of a line through the last logarithms (least squares).

    >>> costs = [Cost(n, 2.0 * n, 0.1 * n**2, 0.0) for n in (10, 100, 1000)]
    >>> round(slope(costs, lambda c: c.backpropagation), 6)
    1.0
    >>> round(slope(costs, lambda c: c.numerical), 6)
    2.0
    """
    return _line(costs[-FITTED:], seconds)[0]


def _line(costs: Sequence[Cost], seconds: Callable[[Cost], float]) -> tuple[float, float]:
    counts = np.log([cost.parameters for cost in costs])
    exponent, offset = np.polyfit(counts, np.log([seconds(cost) for cost in costs]), 1)
    return float(exponent), float(offset)


def draw_cost(costs: Sequence[Cost], path: Path) -> Path:
    """Seconds over the number of parameters, both logarithmic, with the exponents of growth."""
    from matplotlib.figure import Figure

    ways: tuple[tuple[str, str, Callable[[Cost], float]], ...] = (
        ("numerical differentiation", "s", lambda cost: cost.numerical),
        ("backpropagation", "o", lambda cost: cost.backpropagation),
    )
    with styled():
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.subplots()
        counts = [cost.parameters for cost in costs]
        for (name, marker, seconds), stroke in zip(ways, STROKES, strict=False):
            exponent, offset = _line(costs[-FITTED:], seconds)
            axes.plot(
                counts, [seconds(cost) for cost in costs], marker, markersize=7,
                color=stroke.color, label=f"{name}, $n^{{{exponent:.2f}}}$",
            )  # fmt: skip
            ends = np.array([counts[-FITTED:][0], counts[-1]])
            axes.plot(ends, np.exp(offset) * ends**exponent, color=stroke.color, linewidth=1.5)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("number of parameters $n$")
        axes.set_title("seconds for one gradient", loc="left")
        axes.legend(loc="best")
        write_file(path, saved(figure, path.suffix))
    return path
