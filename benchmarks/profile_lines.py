"""Where the time of one call goes: each statement of ``value_and_vjp`` of a generated module.

A clock before and after each statement; what stands is the 20th percentile of its time in
microseconds, times how often it runs in a call.

Usage: python benchmarks/profile_lines.py PROBLEM [SIZE] [DTYPE] [--seconds 3]
"""

from __future__ import annotations

import argparse
import ast
import time
from typing import Any

import numpy as np
from problems import PROBLEMS

_BODIES = (ast.If, ast.With, ast.For)


def timed(statements: list[ast.stmt], texts: dict[int, str]) -> list[ast.stmt]:
    """The statements with clocks around each; ``texts`` gets what they are."""
    found: list[ast.stmt] = []
    for statement in statements:
        if isinstance(statement, _BODIES):
            statement.body = timed(statement.body, texts)
            found.append(statement)
            continue
        if isinstance(statement, ast.Return) or ast.unparse(statement).startswith(('"', "'")):
            found.append(statement)
            continue
        line = statement.lineno
        texts[line] = ast.unparse(statement)
        after = f"_times.setdefault({line}, []).append(_clock() - _start)"
        found += [*ast.parse("_start = _clock()").body, statement, *ast.parse(after).body]
    return found


def main() -> None:
    """Generate, instrument, run, print."""
    import symderive as sd

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("problem", choices=[problem.name for problem in PROBLEMS])
    parser.add_argument("size", nargs="?", default="S")
    parser.add_argument("dtype", nargs="?", default="float64", choices=["float64", "float32"])
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    problem = next(p for p in PROBLEMS if p.name == options.problem)
    tree, texts = ast.parse(sd.generate(problem.model)), {}
    for function in tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == "value_and_vjp":
            function.body = timed(function.body, texts)
    times: dict[int, list[float]] = {}
    module: dict[str, Any] = {"_times": times, "_clock": time.perf_counter}
    exec(compile(ast.fix_missing_locations(tree), problem.model, "exec"), module)  # noqa: S102
    inputs = problem.inputs(np.random.default_rng(0), options.size, getattr(np, options.dtype))
    end = time.perf_counter() + options.seconds
    calls = 0
    while time.perf_counter() < end:
        module["value_and_vjp"](**inputs, wrt=problem.wrt)
        calls += 1
    total = 0.0
    for line in sorted(times):
        spent = float(np.percentile(times[line], 20)) * 1e6 * len(times[line]) / calls
        total += spent
        print(f"{spent:9.2f}  {texts[line]}")
    print(f"{total:9.2f}  in all")


if __name__ == "__main__":
    main()
