"""Sums beyond a threshold: generated modules beside all pairs in NumPy, JAX and torch; growth.

Value and gradient of the negative partial log-likelihood of Cox and of an exponential ranking
loss. What compares all pairs stops where its arrays of N x N no longer fit; our times go on, and
the exponent between neighbouring sizes shows how they grow (1 for N, 2 for N squared).

Usage: python benchmarks/bench_thresholds.py [--seconds 1] [--write docs/performance.md]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from document import machine, put

MODELS = {
    "cox": """
        data  t[N]
        data  d[N]
        param s[N]
        r[i] = log(sum[j if t[j] >= t[i]](exp(s[j])))
        loss = sum[i](d[i] * (r[i] - s[i]))
    """,
    "ranking": """
        data  t[N]
        param s[N]
        loss = sum[i, j if t[j] < t[i]](exp(s[j] - s[i]))
    """,
}
SIZES = (1_000, 2_000, 4_000, 16_000, 64_000, 256_000, 1_000_000)
#: The largest size at which all pairs are compared.
PAIRS = 4_000

Arrays = dict[str, Any]


def inputs(name: str, n: int) -> Arrays:
    """Times without an order, scores, and for Cox whether a time was observed."""
    rng = np.random.default_rng(0)
    found = {"t": rng.exponential(size=n), "s": rng.normal(size=n)}
    if name == "cox":
        found["d"] = rng.integers(0, 2, n).astype(float)
    return found


def cox_pairs(t: Any, s: Any, d: Any) -> tuple[Any, Any]:
    """As it is written, stable by the largest score."""
    beyond = t >= t[:, None]
    e = np.exp(s - s.max())
    total = beyond @ e
    loss = (d * (np.log(total) + s.max() - s)).sum()
    return loss, e * ((d / total) @ beyond) - d


def ranking_pairs(t: Any, s: Any) -> tuple[Any, Any]:
    """As it is written."""
    e = np.exp(s - s[:, None])
    e *= t < t[:, None]
    return e.sum(), e.sum(axis=0) - e.sum(axis=1)


PLAIN = {"cox": cox_pairs, "ranking": ranking_pairs}


def with_jax(name: str, given: Arrays) -> Callable[[], Any]:
    """All pairs, compiled."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    arrays = {key: jnp.asarray(value) for key, value in given.items()}

    def cox(s: Any, t: Any, d: Any) -> Any:
        inside = jnp.where(t >= t[:, None], s, -jnp.inf)
        return (d * (jax.nn.logsumexp(inside, axis=1) - s)).sum()

    def ranking(s: Any, t: Any) -> Any:
        return jnp.where(t < t[:, None], jnp.exp(s - s[:, None]), 0).sum()

    made = jax.jit(jax.value_and_grad({"cox": cox, "ranking": ranking}[name]))
    s, *others = (arrays[key] for key in ("s", "t", "d") if key in arrays)
    return lambda: jax.block_until_ready(made(s, *others))


def with_torch(given: Arrays) -> Callable[[], Any]:
    """All pairs."""
    import torch

    torch.set_num_threads(1)
    arrays = {key: torch.as_tensor(value) for key, value in given.items()}
    s, t, d = arrays["s"].requires_grad_(), arrays["t"], arrays.get("d")

    def function() -> Any:
        s.grad = None
        if d is not None:
            inside = torch.where(t >= t[:, None], s, -torch.inf)
            loss = (d * (torch.logsumexp(inside, 1) - s)).sum()
        else:
            loss = torch.where(t < t[:, None], torch.exp(s - s[:, None]), 0).sum()
        loss.backward()
        return loss.detach(), s.grad

    return function


def candidates(name: str, made: Any, n: int) -> dict[str, Callable[[], Any]]:
    """Every way to compute it that fits."""
    given = inputs(name, n)

    def ours() -> Any:
        value, grads = made.value_and_grad(**given)
        return value, grads["s"]

    found: dict[str, Callable[[], Any]] = {"ours": ours}
    if n <= PAIRS:
        found["NumPy, pairs"] = lambda: PLAIN[name](**given)
        if find_spec("jax"):
            found["JAX, pairs"] = with_jax(name, given)
        if find_spec("torch"):
            found["torch, pairs"] = with_torch(given)
    wanted = ours()
    for other, function in found.items():
        for got, want in zip(function(), wanted, strict=True):
            array = got.detach().numpy() if hasattr(got, "detach") else np.asarray(got)
            scale = np.abs(want).max()
            np.testing.assert_allclose(array, want, rtol=1e-8, atol=1e-10 * scale, err_msg=other)
    return found


def medians(found: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Seconds of each, in random order, after an untimed call."""
    order, start = random.Random(0), time.perf_counter()  # noqa: S311 - no secret
    times: dict[str, list[float]] = {name: [] for name in found}
    while len(times["ours"]) < 3 or time.perf_counter() - start < seconds:
        for name in order.sample(list(found), len(found)):
            begun = time.perf_counter()
            found[name]()
            times[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Measure, print, and put the table into the document."""
    import symderive as sd

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="for each size")
    parser.add_argument("--write", type=Path, help="the document with the marks")
    options = parser.parse_args()
    others = ("NumPy, pairs", "JAX, pairs", "torch, pairs")
    lines = [
        "",
        machine(),
        "",
        f"| loss | N | ours, ms | ours / {' | ours / '.join(others)} | grows as N to the |",
        "|---" * (4 + len(others)) + "|",
    ]
    print("\n".join(lines))
    for name, text in MODELS.items():
        made, before = sd.compile(sd.parse(text, name)), None
        for n in SIZES:
            found = medians(candidates(name, made, n), options.seconds)
            mine = found["ours"]
            ratios = (f"{mine / found[k]:.4f}" if k in found else "" for k in others)
            growth = ""
            if before is not None:
                growth = f"{math.log(mine / before[1]) / math.log(n / before[0]):.2f}"
            before = (n, mine)
            lines.append(f"| {name} | {n} | {1e3 * mine:.3g} | {' | '.join(ratios)} | {growth} |")
            print(lines[-1], flush=True)
    if options.write:
        put(options.write, "bench_thresholds", lines)


if __name__ == "__main__":
    main()
