"""Generated modules beside JAX, torch, autograd, numba and NumPy by hand: value and gradient.

Every candidate of a problem runs in one process, in random order, with one untimed call before each
timing; medians. What stands in the table are ratios to the best of JAX, torch and autograd in the
same run: below 1 is ahead. Our modules check their inputs. Each number of threads is a process of
its own; so are cold starts.

With ``--write`` the tables replace the part between the marks in the document, when all is
measured: an interrupted run writes nothing. With ``--only`` (or ``--quick``) besides, the rows
measured replace those of the last run; the others stay, from ``figures.json``.

Usage: python benchmarks/bench_peers.py [--quick] [--seconds 1.2] [--threads 1,2]
       [--only softmax_nll,hinge] [--write docs/performance.md]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

from document import machine, put, store, stored

ROOT = Path(__file__).parents[1]
OURS = {
    "fast": {},
    "out=": {"with_": "out"},
    "readable": {"level": "readable"},
    "numba": {"target": "numba"},
}
PEERS = ("JAX jit", "torch", "torch.compile", "autograd")
BY_HAND = ("plain NumPy", "tuned NumPy", "tuned, checked", "numba by hand", "floor")
DTYPES = ("float64", "float32")
#: Fewest and most timings of a candidate.
FEWEST, MOST = 2, 400
#: A call that takes longer, in seconds, warms itself: it is timed without an untimed one before.
LONG = 0.1

#: What is imported and called in a process that starts cold.
COLD = {
    "import numpy": "import numpy",
    "ours": "import softmax_nll as m; import numpy as np; {inputs}; m.value_and_grad(x, y, w)",
    "autograd": (
        "import autograd, autograd.numpy as np, autograd.scipy.special as s; {inputs};"
        " f = lambda w: np.mean(s.logsumexp(x @ w.T, axis=1) - (x @ w.T)[np.arange(32), y]);"
        " autograd.value_and_grad(f)(w)"
    ),
    "JAX jit": (
        "import jax, numpy as np; {inputs};"
        " f = lambda w: -jax.nn.log_softmax(x @ w.T)[np.arange(32), y].mean();"
        " jax.block_until_ready(jax.jit(jax.value_and_grad(f))(w))"
    ),
    "torch": (
        "import torch, numpy as np; {inputs};"
        " v = torch.as_tensor(w).requires_grad_();"
        " torch.nn.functional.cross_entropy(torch.as_tensor(x) @ v.T,"
        " torch.as_tensor(y)).backward()"
    ),
}
INPUTS = "x = np.ones((32, 64)); y = np.zeros(32, int); w = np.ones((10, 64))"


# --- one process: all candidates of all problems ----------------------------------------------


@cache
def derived_function(model: str, name: str, is_map: bool) -> tuple[Callable[..., Any], float]:
    """Our function for value and gradient, and the seconds to derive, generate and load it."""
    import symderive as sd

    start = time.perf_counter()
    compiled = sd.compile(model, **OURS[name])
    function = compiled.value_and_vjp if is_map else compiled.value_and_grad
    return function, time.perf_counter() - start


def ours(model: str, is_map: bool, wrt: tuple[str, ...], inputs: dict[str, Any]) -> Any:
    """Our candidates, and what it took to derive and to compile each."""
    found: dict[str, Callable[[], Any]] = {}
    prepared = {}
    for name in OURS:
        function, derived = derived_function(model, name, is_map)

        more: dict[str, Any] = {}
        if name == "out=":  # what a caller does who keeps the arrays
            value, grads = function(**inputs, wrt=wrt)
            results = {**grads, **({"y": value} if is_map else {})}
            more["out"] = {k: v.copy() for k, v in results.items() if v.ndim}

        def call(function: Any = function, more: dict[str, Any] = more) -> Any:
            value, grads = function(**inputs, wrt=wrt, **more)
            return value, *grads.values()

        start = time.perf_counter()
        call()
        prepared[name] = (derived, time.perf_counter() - start)
        found[name] = call
    return found, prepared


def checked(
    tuned: Callable[..., Any], function: Callable[..., Any], wrt: tuple[str, ...], inputs: Any
) -> Callable[[], Any]:
    """``tuned`` behind the checks that ``function``, of a module of ours, makes of its inputs."""
    import numpy as np

    ours = function.__globals__
    given = {
        name: inputs.get(name, parameter.default)
        for name, parameter in signature(function).parameters.items()
        if name not in ("wrt", "cotangent")
    }

    def call() -> Any:
        asked = ours["_asked"](wrt)
        arrays = ours["_inputs"](*given.values())
        named = dict(zip(given, arrays if len(given) > 1 else [arrays], strict=True))
        with np.errstate(all="ignore"):
            value, *grads = tuned(**{name: named[name] for name in inputs})
        return value, *ours["_finished"](dict(zip(wrt, grads, strict=True)), asked, given).values()

    return call


def agree(name: str, result: Iterable[Any], wanted: Iterable[Any], dtype: str) -> None:
    """All candidates compute the same."""
    import numpy as np

    most = 1e-6 if dtype == "float64" else 5e-3
    for got, want in zip(result, wanted, strict=True):
        plain = got.detach().numpy() if hasattr(got, "detach") else got
        scale = float(np.max(np.abs(want))) or 1.0
        np.testing.assert_allclose(plain, want, rtol=most, atol=most * scale, err_msg=name)


def measured(
    candidates: dict[str, Callable[[], Any]], seconds: float, order: random.Random
) -> dict[str, float]:
    """The median time of each candidate in milliseconds; a share of the seconds for each."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    start = time.perf_counter()
    for turn in range(MOST):
        if turn >= FEWEST and time.perf_counter() - start > seconds:
            break
        order.shuffle(names)
        for name in names:
            call = candidates[name]
            if not times[name] or times[name][-1] < LONG * 1e3:
                call()
            begun = time.perf_counter()
            call()
            times[name].append((time.perf_counter() - begun) * 1e3)
    return {name: statistics.median(found) for name, found in times.items()}


def run(options: argparse.Namespace) -> None:
    """All problems; a line of JSON for each cell."""
    import numpy as np
    import with_autograd
    import with_jax
    import with_numba
    import with_torch
    from by_hand import FLOOR, PLAIN, TUNED
    from problems import PROBLEMS

    order = random.Random(0)  # noqa: S311 - an order, not a secret
    for problem in PROBLEMS:
        if options.only and problem.name not in options.only.split(","):
            continue
        for size in problem.sizes:
            if options.quick and size == "L":
                continue
            for dtype in DTYPES:
                inputs = problem.inputs(np.random.default_rng(0), size, getattr(np, dtype))
                candidates, prepared = ours(problem.model, problem.is_map, problem.wrt, inputs)
                for name, table in zip(
                    ("plain NumPy", "tuned NumPy", "floor"), (PLAIN, TUNED, FLOOR), strict=True
                ):
                    candidates[name] = lambda f=table[problem.name], i=inputs: f(**i)
                fast, _ = derived_function(problem.model, "fast", problem.is_map)
                candidates["tuned, checked"] = checked(
                    TUNED[problem.name], fast, problem.wrt, inputs
                )
                os.environ["BENCH_COMPILE"] = str(int(size in options.compiled.split(",")))
                for module in (with_numba, with_jax, with_torch, with_autograd):
                    candidates |= module.candidates(problem, inputs)
                wanted = candidates["plain NumPy"]()
                for name in list(candidates):
                    start = time.perf_counter()
                    result = candidates[name]()
                    prepared.setdefault(name, (0.0, time.perf_counter() - start))
                    if name != "floor":
                        agree(f"{name}: {problem.name} {size} {dtype}", result, wanted, dtype)
                if problem.name == "gelu":
                    del candidates["plain NumPy"]  # NumPy has no erf: seconds
                times = measured(candidates, options.seconds, order)
                cell = {"problem": problem.title, "size": size, "dtype": dtype}
                print(json.dumps({**cell, "times": times, "prepared": prepared}), flush=True)


# --- cold processes ---------------------------------------------------------------------------


def cold(repeats: int) -> dict[str, float]:
    """Seconds from the start of a process to its first gradient, the best of a few."""
    import symderive as sd

    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "softmax_nll.py").write_text(sd.generate("softmax_nll"), encoding="utf-8")
        for _ in range(repeats):
            for name, code in COLD.items():
                start = time.perf_counter()
                subprocess.run(  # noqa: S603 - code of our own
                    [sys.executable, "-c", code.format(inputs=INPUTS)], cwd=folder, check=True
                )
                seconds = time.perf_counter() - start
                found[name] = min(found.get(name, math.inf), seconds)
    return found


# --- the document -----------------------------------------------------------------------------


def table(cells: list[dict[str, Any]], threads: str) -> list[str]:
    """Ratios to the best peer and to the floor, a row for each problem, size and precision."""
    columns = (*OURS, *BY_HAND, *PEERS)
    lines = [
        f"### {threads} thread{'s' if threads != '1' else ''}",
        "",
        f"| problem | size | dtype | best peer, ms | {' | '.join(columns)} | fast / floor |",
        "|---" * (5 + len(columns)) + "|",
    ]
    for cell in cells:
        times = cell["times"]
        best = min(times[name] for name in PEERS if name in times)
        ratios = [f"{times[name] / best:.2f}" if name in times else "" for name in columns]
        ratios[: len(OURS)] = [f"**{text}**" for text in ratios[: len(OURS)]]
        head = f"| {cell['problem']} | {cell['size']} | {cell['dtype'].replace('float', 'f')} |"
        floor = times["fast"] / times["floor"]
        lines.append(f"{head} {best:.3g} | {' | '.join(ratios)} | {floor:.2f} |")
    return [*lines, ""]


def prepared_table(cells: list[dict[str, Any]]) -> list[str]:
    """Seconds before the first result: to derive and generate, and the first call."""
    peers = ("numba by hand", "JAX jit", "torch.compile")
    lines = [
        "### Before the first result",
        "",
        "Seconds, float64: to derive and load our module; to the first result, which compiles.",
        "",
        f"| problem | ours, derive and load | first call: fast | numba | {' | '.join(peers)} |",
        "|---" * (4 + len(peers)) + "|",
    ]
    seen = set()
    for cell in cells:
        if cell["dtype"] != "float64" or cell["problem"] in seen:
            continue
        seen.add(cell["problem"])
        prepared = cell["prepared"]
        shown = [f"{prepared[name][1]:.2f}" if name in prepared else "" for name in peers]
        derived = f"{prepared['fast'][0]:.2f} | {prepared['fast'][1]:.3f}"
        lines.append(
            f"| {cell['problem']} | {derived} | {prepared['numba'][1]:.2f} | {' | '.join(shown)} |"
        )
    return [*lines, ""]


def cold_table(found: dict[str, float]) -> list[str]:
    """Seconds of cold processes."""
    return [
        "### A cold process, to its first gradient of the softmax NLL",
        "",
        f"| {' | '.join(found)} |",
        "|---" * len(found) + "|",
        f"| {' | '.join(f'{seconds:.2f} s' for seconds in found.values())} |",
        "",
    ]


def picture(cells: list[dict[str, Any]], path: Path) -> bool:
    """A picture of the ratios, if matplotlib is there."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "symderive"
    from matplotlib import pyplot as plt

    shown = [cell for cell in cells if cell["dtype"] == "float64"]
    names = [f"{cell['problem']} {cell['size']}" for cell in shown]
    figure, axes = plt.subplots(figsize=(8, 0.3 * len(shown) + 1.2), layout="constrained")
    marks = {"fast": "o", "numba": "D", "tuned NumPy": "|", "floor": "4"}
    for name, mark in marks.items():
        ratios = [
            cell["times"][name] / min(cell["times"][p] for p in PEERS if p in cell["times"])
            for cell in shown
        ]
        axes.plot(ratios, range(len(shown)), mark, label=name, markersize=6, linestyle="none")
    axes.axvline(1, color="0.6", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("time, as a ratio to the best of JAX, torch and autograd (float64, 1 thread)")
    axes.set_yticks(range(len(shown)), names)
    axes.invert_yaxis()
    axes.legend(loc="best")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name("new." + path.name)
    figure.savefig(new, metadata={"Date": None})
    new.replace(path)
    return True


def document(cells: dict[str, list[dict[str, Any]]], started: dict[str, float]) -> list[str]:
    """All tables."""
    lines = ["", machine(), "", "N x C x D: S 32x10x64, M 1024x100x512, L 8192x1000x784.", ""]
    for threads, found in cells.items():
        lines += table(found, threads)
    return [*lines, *prepared_table(next(iter(cells.values()))), *cold_table(started)]


def cells_of(threads: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The cells of one process with that many threads."""
    limits = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    env = os.environ | dict.fromkeys(limits, threads)
    command = [sys.executable, __file__, "--inside", "--seconds", str(options.seconds)]
    command += ["--only", options.only, "--compiled", options.compiled]
    command += ["--quick"] * options.quick
    if threads == "1":
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        command = ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)  # noqa: S603
    cells = []
    try:
        for line in process.stdout or ():
            cells.append(json.loads(line))
            print("\n".join(table(cells[-1:], threads)[-2:-1]), flush=True)
        process.wait()
    finally:
        process.kill()
    if process.wait():
        sys.exit(f"the process that measures ended with {process.returncode}: nothing is written")
    return cells


def merged(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cells ``old`` with those of ``new`` in place of theirs; others behind."""
    found = {(cell["problem"], cell["size"], cell["dtype"]): cell for cell in (*old, *new)}
    return list(found.values())


def main() -> int:
    """Measure, print the tables, and put them into the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="no L, one thread, short")
    parser.add_argument("--seconds", type=float, default=1.2, help="for the candidates of a cell")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--only", default="", help="problems, separated by commas")
    parser.add_argument("--compiled", default="S,M,L,1e6", help="sizes at which torch.compile runs")
    parser.add_argument("--write", type=Path, help="the document with the marks")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        run(options)
        return 0
    if options.quick:
        options.threads, options.seconds, options.compiled = "1", min(options.seconds, 0.3), ""
    start = time.perf_counter()
    partly = bool(options.only) or options.quick
    before = (stored("peers") or {}) if partly else {}
    cells = dict(before.get("cells", {}))
    for threads in options.threads.split(","):
        cells[threads] = merged(cells.get(threads, []), cells_of(threads, options))
    started = before.get("cold") if options.only else None
    started = started or cold(2 if options.quick else 5)
    lines = document(cells, started)
    print("\n".join(lines))
    if options.write:
        drawing = options.write.parent / "performance.svg"
        if picture(next(iter(cells.values())), drawing):
            lines += [f"![ratios to the best peer]({drawing.name})", ""]
        store("peers", {"cells": cells, "cold": started})
        put(options.write, "bench_peers", lines)
    print(f"{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
