"""Generated modules against hand-written NumPy: value and gradient, input checks included.

The hand-written functions are of the tuned kind: in place, one exponential, a write at the label,
no checks. Candidates run in turn, one untimed call before each timing; medians and their ratio.

On a machine that does other work too, ``--clock cpu`` with one thread counts our time alone.

Usage: python benchmarks/bench_generated_vs_numpy.py [--repeats 60] [--threads 1,2] [--clock cpu]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

SIZES = {"S": (32, 10, 64), "M": (1024, 100, 512)}
MOST = 1.1


def softmax_nll(x: Any, y: Any, w: Any) -> tuple[Any, Any]:
    """The loss and its gradient by w."""
    import numpy as np

    i = np.arange(len(y))
    e = x @ w.T
    shift = e.max(axis=1)
    label = e[i, y]
    e -= shift[:, None]
    np.exp(e, out=e)
    total = e @ np.ones(len(w), e.dtype)
    loss = (shift - label + np.log(total)).mean()
    e *= (1 / (total * len(y)))[:, None]
    e[i, y] -= e.dtype.type(1 / len(y))
    return loss, e.T @ x


def hinge(x: Any, y: Any, w: Any) -> tuple[Any, Any]:
    """The loss and its gradient by w, for a margin of 1."""
    import numpy as np

    i = np.arange(len(y))
    e = x @ w.T
    e -= e[i, y][:, None] - e.dtype.type(1)
    e[i, y] = 0
    np.maximum(e, 0, out=e)
    ones = np.ones(len(w), e.dtype)
    loss = (e @ ones).sum() / len(y)
    np.multiply(e > 0, e.dtype.type(1 / len(y)), out=e)
    e[i, y] = -(e @ ones)
    return loss, e.T @ x


BY_HAND = {"softmax_nll": softmax_nll, "hinge": hinge}


def generated(name: str, level: str) -> Callable[..., Any]:
    """``value_and_grad`` of the generated module."""
    from symderive import catalog
    from symderive.codegen import generate_source, load_module
    from symderive.derive import gradient
    from symderive.stabilise import stabilise, stabilise_gradient

    model = catalog.load(name)
    names = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, names))
    function: Callable[..., Any] = load_module(
        generate_source(gradients, level=level), name
    ).value_and_grad
    return function


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def measure(
    candidates: dict[str, Callable[[], Any]], repeats: int, clock: Callable[[], float]
) -> dict[str, float]:
    """The median time of each candidate in milliseconds; they run in turn."""
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(repeats):
        for name, call in candidates.items():
            call()
            start = clock()
            call()
            times[name].append((clock() - start) * 1e3)
    return {name: statistics.median(found) for name, found in times.items()}


def table(repeats: int, clock: Callable[[], float]) -> bool:
    """Print a row for each problem; whether all ratios at M are small enough."""
    import numpy as np

    threads = os.environ.get("OPENBLAS_NUM_THREADS", "all")
    reached = True
    for name, by_hand in BY_HAND.items():
        functions = {level: generated(name, level) for level in ("fast", "readable")}
        for size, (N, C, D) in SIZES.items():
            for dtype in (np.float64, np.float32):
                rng = np.random.default_rng(0)
                x = rng.normal(size=(N, D)).astype(dtype)
                w = (rng.normal(size=(C, D)) / np.sqrt(D)).astype(dtype)
                y = rng.integers(0, C, N)
                loss, grad = by_hand(x, y, w)
                for function in functions.values():
                    ours, grads = function(x, y, w)
                    assert grads["w"].dtype == dtype
                    np.testing.assert_allclose(ours, loss, rtol=1e-5)
                    np.testing.assert_allclose(grads["w"], grad, rtol=1e-2, atol=1e-6)
                candidates: dict[str, Callable[[], Any]] = {
                    "hand": lambda by_hand=by_hand, x=x, y=y, w=w: by_hand(x, y, w)
                }
                for level, function in functions.items():
                    candidates[level] = lambda f=function, x=x, y=y, w=w: f(x, y, w)
                found = measure(candidates, repeats if size == "M" else 20 * repeats, clock)
                ratios = {level: found[level] / found["hand"] for level in functions}
                reached &= size != "M" or ratios["fast"] <= MOST
                kind = np.dtype(dtype).name
                print(
                    f"| {name:11} | {size} | {kind} | {threads:>3} | {found['hand']:8.3f} |"
                    f" {found['fast']:8.3f} | {found['readable']:8.3f} |"
                    f" {ratios['fast']:5.2f} | {ratios['readable']:5.2f} |"
                )
    return reached


def main() -> int:
    """Run the table once for each number of threads, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return 0 if table(options.repeats, CLOCKS[options.clock]) else 1
    print("value and gradient by w, milliseconds (S 32x10x64, M 1024x100x512: N x C x D)")
    print(
        "| model | size | dtype | threads | by hand | fast | readable | fast/hand | readable/hand |"
    )
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    codes = []
    for threads in options.threads.split(","):
        limits = dict.fromkeys(
            ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads
        )
        command = [sys.executable, __file__, "--inside", "--repeats", str(options.repeats)]
        command += ["--clock", options.clock]
        codes.append(subprocess.run(command, env=os.environ | limits, check=False).returncode)  # noqa: S603
    print(f"\nfast at M at most {MOST} times hand-written: {'yes' if not any(codes) else 'no'}")
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
