"""Generated Hessians and Hessian-vector products against JAX, torch and the formula by hand.

Every candidate gets NumPy arrays (converted before timing for JAX and torch) and its result is
compared with ours. Candidates run in random order, one untimed call before each timing; medians,
and their ratio to ours. The checks of our inputs are on.

Usage: python benchmarks/bench_second_order.py [--repeats 30] [--threads 1,2] [--only logistic]
       [--write docs/performance.md]

JAX and torch are not among our dependencies: an environment of its own has them
(``pip install jax jaxlib torch`` beside symderive); what is not there is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from document import machine, put

MODELS = {
    "logistic": """
        data  x[N, D]
        data  y[N]
        param w[D]
        s[i] = sum[k](w[k] * x[i, k])
        L[i] = softplus(s[i]) - y[i] * s[i]
        loss = mean[i](L[i])
    """,
    "quadratic": """
        param x[N]
        data  A[N, N]
        f = sum[i, j](x[i] * A[i, j] * x[j])
    """,
    "logsumexp": """
        param x[N]
        f = log(sum[i](exp(x[i])))
    """,
}


@dataclass(frozen=True)
class Problem:
    """What is computed of which model, at which sizes, and by what ratio we mean to be ahead."""

    model: str
    what: str
    sizes: tuple[int, ...]
    wanted: str

    @property
    def title(self) -> str:
        return f"{self.model} {self.what} {' x '.join(map(str, self.sizes))}"


PROBLEMS = (
    Problem("logistic", "hessian", (2000, 200), "<= 0.55 of jax, 0.1 of torch"),
    Problem("logistic", "hvp", (2000, 200), "<= 0.7 of the best"),
    Problem("quadratic", "hessian", (2048,), "<= 0.05 of either"),
    Problem("logsumexp", "hessian", (1024,), "< 1 of either"),
)


def inputs(problem: Problem, dtype: str) -> tuple[list[Any], Any]:
    """The arguments in the order of their declaration, and a tangent."""
    import numpy as np

    rng = np.random.default_rng(0)
    n, *rest = problem.sizes
    if problem.model == "logistic":
        x = rng.standard_normal((n, rest[0])).astype(dtype)
        y = rng.integers(0, 2, n).astype(dtype)
        return [x, y, (rng.standard_normal(rest[0]) / 10).astype(dtype)], _tangent(
            rng, rest[0], dtype
        )
    x = rng.standard_normal(n).astype(dtype)
    if problem.model == "quadratic":
        return [x, rng.standard_normal((n, n)).astype(dtype)], _tangent(rng, n, dtype)
    return [x], _tangent(rng, n, dtype)


def _tangent(rng: Any, n: int, dtype: str) -> Any:
    return rng.standard_normal(n).astype(dtype)


def place(problem: Problem) -> int:
    """Which argument is differentiated by."""
    return 2 if problem.model == "logistic" else 0


def ours(problem: Problem, args: list[Any], tangent: Any) -> Callable[[], Any]:
    """The generated function."""
    import symderive as sd

    made = sd.compile(sd.parse(MODELS[problem.model], problem.model), with_=problem.what)
    name = "w" if problem.model == "logistic" else "x"
    if problem.what == "hvp":
        return lambda: made.hvp(*args, {name: tangent})[name]
    return lambda: made.hessian(*args)


def by_hand(problem: Problem, args: list[Any], tangent: Any) -> Callable[[], Any]:
    """The formula in plain NumPy."""
    import numpy as np

    def weights(x: Any, w: Any) -> Any:
        e = np.exp(-np.abs(x @ w))
        return e / (1 + e) ** 2 / x.dtype.type(len(x))

    def logistic() -> Any:
        x, _, w = args
        return x.T @ (weights(x, w)[:, None] * x)

    def product() -> Any:
        x, _, w = args
        return x.T @ (weights(x, w) * (x @ tangent))

    def quadratic() -> Any:
        return args[1] + args[1].T

    def logsumexp() -> Any:
        p = np.exp(args[0] - args[0].max())
        p /= p.sum()
        return np.diag(p) - np.outer(p, p)

    table = {
        ("logistic", "hessian"): logistic,
        ("logistic", "hvp"): product,
        ("quadratic", "hessian"): quadratic,
        ("logsumexp", "hessian"): logsumexp,
    }
    return table[problem.model, problem.what]


def with_jax(problem: Problem, args: list[Any], tangent: Any) -> Callable[[], Any]:
    """``jax.hessian``, or forward over reverse, compiled."""
    import jax
    import jax.numpy as jnp

    def logistic(x: Any, y: Any, w: Any) -> Any:
        s = x @ w
        return (jax.nn.softplus(s) - y * s).mean()

    functions = {
        "logistic": logistic,
        "quadratic": lambda x, a: x @ a @ x,
        "logsumexp": jax.nn.logsumexp,
    }
    f, at = functions[problem.model], place(problem)
    given = [jnp.asarray(arg) for arg in args]
    if problem.what == "hessian":
        made = jax.jit(jax.hessian(f, argnums=at))
        return lambda: made(*given).block_until_ready()
    v = jnp.asarray(tangent)

    @jax.jit
    def product(w: Any, v: Any, *others: Any) -> Any:
        def slope(w: Any) -> Any:
            return jax.grad(f, argnums=at)(*others[:at], w, *others[at:])

        return jax.jvp(slope, (w,), (v,))[1]

    others = [arg for k, arg in enumerate(given) if k != at]
    return lambda: product(given[at], v, *others).block_until_ready()


def with_torch(problem: Problem, args: list[Any], tangent: Any) -> Callable[[], Any]:
    """``torch.func.hessian``, or forward over reverse."""
    import torch
    from torch.func import grad, hessian, jvp

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

    def logistic(x: Any, y: Any, w: Any) -> Any:
        s = x @ w
        return (torch.nn.functional.softplus(s) - y * s).mean()

    functions = {
        "logistic": logistic,
        "quadratic": lambda x, a: x @ a @ x,
        "logsumexp": lambda x: torch.logsumexp(x, 0),
    }
    f, at = functions[problem.model], place(problem)
    given = [torch.from_numpy(arg) for arg in args]
    if problem.what == "hessian":
        made = hessian(f, argnums=at)
        return lambda: made(*given)
    v = torch.from_numpy(tangent)
    slope = grad(f, argnums=at)
    return lambda: jvp(lambda w: slope(*given[:at], w, *given[at + 1 :]), (given[at],), (v,))[1]


def with_torch_reverse(args: list[Any], tangent: Any) -> Callable[[], Any]:
    """Reverse over reverse: the product torch users write."""
    import torch

    x, y, w = (torch.from_numpy(arg) for arg in args)
    w.requires_grad_()
    v = torch.from_numpy(tangent)

    def product() -> Any:
        s = x @ w
        loss = (torch.nn.functional.softplus(s) - y * s).mean()
        (slope,) = torch.autograd.grad(loss, w, create_graph=True)
        return torch.autograd.grad(slope, w, v)[0]

    return product


def candidates(problem: Problem, dtype: str) -> dict[str, Callable[[], Any]]:
    """Every way to compute it."""
    args, tangent = inputs(problem, dtype)
    found = {"ours": ours(problem, args, tangent), "by hand": by_hand(problem, args, tangent)}
    if find_spec("jax"):
        found["jax"] = with_jax(problem, args, tangent)
    if find_spec("torch"):
        found["torch"] = with_torch(problem, args, tangent)
        if problem.what == "hvp":
            found["torch, reverse"] = with_torch_reverse(args, tangent)
    return found


def times(found: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Medians in seconds: random order, one untimed call before each timing."""
    rng, taken = random.Random(0), {name: [] for name in found}  # noqa: S311 - no secret
    slowest = max(_once(function) for function in found.values())
    repeats = max(5, min(repeats, int(20 / max(slowest, 1e-9))))
    for _ in range(repeats):
        order = list(found)
        rng.shuffle(order)
        for name in order:
            found[name]()
            taken[name].append(_once(found[name]))
    return {name: statistics.median(values) for name, values in taken.items()}


def _once(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


#: A row of the table: the problem, its precision, the times in seconds, what is asked for.
Row = tuple[str, str, dict[str, float], str]


def rows(repeats: int, only: str) -> Iterator[Row]:
    """A row for each problem and precision."""
    import numpy as np

    for problem in PROBLEMS:
        if only not in problem.title:
            continue
        for dtype in ("float64", "float32"):
            found = candidates(problem, dtype)
            right = np.asarray(found["ours"]())
            for name, function in found.items():
                off = np.abs(np.asarray(function()) - right).max() / np.abs(right).max()
                if not off < (1e-9 if dtype == "float64" else 1e-3):
                    raise SystemExit(f"{problem.title}: {name} is off by {off:.1e}")
            yield problem.title, dtype, times(found, repeats), problem.wanted


def shown(row: Row) -> str:
    """A row as a line of text."""
    title, dtype, medians, wanted = row
    mine = medians["ours"]
    cells = "  ".join(
        f"{name} {1e3 * value:8.3f} ms ({mine / value:.2f})" for name, value in medians.items()
    )
    return f"{title:26} {dtype}  {cells}   wanted {wanted}"


def table(found: list[Row], threads: str) -> list[str]:
    """The rows as a table in Markdown: ratios of our time to theirs."""
    others = ("by hand", "jax", "torch", "torch, reverse")
    lines = [
        f"### Second order, {threads} thread{'s' if threads != '1' else ''}",
        "",
        f"| problem | dtype | ours, ms | ours / {' | ours / '.join(others)} | asked for |",
        "|---" * (4 + len(others)) + "|",
    ]
    for title, dtype, medians, wanted in found:
        mine = medians["ours"]
        ratios = (f"{mine / medians[name]:.3f}" if name in medians else "" for name in others)
        asked = wanted.replace("<", "\\<")
        lines.append(f"| {title} | {dtype} | {1e3 * mine:.3g} | {' | '.join(ratios)} | {asked} |")
    return [*lines, ""]


def main() -> None:
    """Run in a process of its own for each number of threads: BLAS reads it at the start."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--only", default="", help="problems whose title has this")
    parser.add_argument("--write", type=Path, help="the document with the marks")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        for row in rows(options.repeats, options.only):
            print(json.dumps(row), flush=True)
        return
    lines = ["", machine(), ""]
    for threads in options.threads.split(","):
        print(f"{threads} thread{'s' if threads != '1' else ''}; in brackets: ours / theirs")
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        flags = f"--xla_cpu_multi_thread_eigen={'false' if threads == '1' else 'true'}"
        settings = dict.fromkeys(names, threads) | {"JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
        cores = ",".join(map(str, range(int(threads))))
        command = [sys.executable, __file__, "--here", "--repeats", str(options.repeats)]
        limited = ["taskset", "-c", cores] if os.name == "posix" else []
        found: list[Row] = []
        with subprocess.Popen(  # noqa: S603 - this file, by this Python
            [*limited, *command, "--only", options.only],
            env=os.environ | settings | {"XLA_FLAGS": flags},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            for line in process.stdout or ():
                found.append(json.loads(line))
                print(shown(found[-1]), flush=True)
        if process.returncode:
            sys.exit(f"the process that measures ended with {process.returncode}")
        lines += table(found, threads)
    if options.write:
        put(options.write, "bench_second_order", lines)


if __name__ == "__main__":
    main()
