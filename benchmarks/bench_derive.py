"""How fast derivations are: each catalog model, networks by depth, and the commands as processes.

Warm times, in this process: once untimed, then the best of a few. Times are of this process alone
(``--clock cpu``, as the machine may do other work) or of the clock on the wall; those of commands
are always on the wall. The last lines say what is over its target; the exit code is 1 if any is.

Usage: python benchmarks/bench_derive.py [MODEL ...] [--quick] [--repeats 3] [--clock cpu|wall]
"""

from __future__ import annotations

import argparse
import gc
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symderive.model import Model

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}

#: Seconds: the gradient as equations; the derivation with every line checked, as LaTeX.
MOST_GRADIENT, MOST_EXPLAINED = 0.03, 0.3
#: The time for one layer differs at most by this part between depths.
MOST_SPREAD = 0.5
DEPTHS = (10, 100, 300)
#: Seconds that a command may take, from start to end.
COMMANDS = ((("--help",), 0.2), (("derive", "softmax_nll"), 1.5))


def best(call: Callable[[], object], repeats: int, clock: Callable[[], float]) -> float:
    """The shortest of ``repeats`` calls in seconds, after an untimed one."""
    call()
    times = []
    for _ in range(repeats):
        gc.collect()
        start = clock()
        call()
        times.append(clock() - start)
    return min(times)


def gradient_of(model: Model) -> object:
    """The equations of the gradient by every real input."""
    from symderive.derive import gradient

    return gradient(model, [declaration.name for declaration in model.real_inputs])


def sigmoid_layers(depth: int) -> Model:
    """``depth`` layers of one unit for each sample."""
    import symderive as sd

    lines = ["data x[N]", "param w[N]"]
    for layer in range(1, depth + 1):
        before = f"a{layer - 1}[i]" if layer > 1 else "x[i]"
        lines.append(f"a{layer}[i] = sigmoid(w[i] * {before})")
    return sd.parse("\n".join(lines), f"sigmoid_layers_{depth}")


def catalog_table(names: list[str], repeats: int, clock: Callable[[], float]) -> list[str]:
    """Print a row for each model; what is over."""
    import symderive as sd
    from symderive import catalog

    over, shown = [], []
    print("| model | gradient, ms | steps, checks and LaTeX, ms |")
    print("|---|---|---|", flush=True)
    for name in names:
        model = catalog.load(name)
        plain = best(lambda model=model: gradient_of(model), repeats, clock)
        told = best(lambda model=model: sd.derive(model).to_latex(), repeats, clock)
        shown.append((plain, told))
        print(f"| {name} | {plain * 1e3:.1f} | {told * 1e3:.0f} |", flush=True)
        if plain > MOST_GRADIENT:
            over.append(f"{name}: gradient {plain * 1e3:.1f} ms, at most {MOST_GRADIENT * 1e3:g}")
        if told > MOST_EXPLAINED:
            over.append(f"{name}: derivation {told * 1e3:.0f} ms, at most {MOST_EXPLAINED * 1e3:g}")
    middle = [statistics.median(column) * 1e3 for column in zip(*shown, strict=True)]
    print(f"| median | {middle[0]:.1f} | {middle[1]:.0f} |")
    return over


def layers_table(repeats: int, clock: Callable[[], float]) -> list[str]:
    """Print a row for each depth; what is over.

    SymPy's cache, which holds what ten layers need but not a hundred, is emptied before each.
    """
    from sympy.core.cache import clear_cache

    def cold(model: Model) -> object:
        clear_cache()
        return gradient_of(model)

    print("\n| sigmoid layers | gradient, ms | for a layer, ms |")
    print("|---|---|---|", flush=True)
    each = {}
    for depth in DEPTHS:
        model = sigmoid_layers(depth)
        seconds = best(lambda model=model: cold(model), repeats, clock)
        each[depth] = seconds / depth
        print(f"| {depth} | {seconds * 1e3:.1f} | {each[depth] * 1e3:.2f} |", flush=True)
    spread = max(each.values()) / min(each.values()) - 1
    if spread > MOST_SPREAD:
        return [f"layers: {spread:.0%} between depths, at most {MOST_SPREAD:.0%}"]
    return []


def commands_table(repeats: int) -> list[str]:
    """Print a row for each command, run as a process; what is over."""
    beside = Path(sys.executable).with_name("symderive")
    program = str(beside) if beside.exists() else shutil.which("symderive")
    if program is None:
        sys.exit("there is no command symderive in this environment")
    print("\n| command | s |")
    print("|---|---|", flush=True)
    over = []
    for arguments, most in COMMANDS:
        call = [program, *arguments]
        seconds = best(
            lambda call=call: subprocess.run(call, check=True, capture_output=True),  # noqa: S603
            repeats,
            time.perf_counter,
        )
        text = " ".join(["symderive", *arguments])
        print(f"| `{text}` | {seconds:.2f} |", flush=True)
        if seconds > most:
            over.append(f"{text}: {seconds:.2f} s, at most {most:g}")
    return over


def main() -> int:
    """Print the tables, then what is over its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("models", nargs="*", metavar="MODEL", help="all of the catalog if none")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", choices=list(CLOCKS), default="cpu")
    parser.add_argument("--quick", action="store_true", help="every fifth model, once")
    options = parser.parse_args()
    from symderive import catalog

    names = list(options.models or catalog.names()[:: 5 if options.quick else 1])
    repeats = 1 if options.quick else options.repeats
    clock = CLOCKS[options.clock]
    over = catalog_table(names, repeats, clock)
    over += layers_table(repeats, clock)
    over += commands_table(max(repeats, 3))
    print("\n" + ("\n".join(["over:", *over]) if over else "all are within their targets"))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
