"""How exact the scalar functions of the catalog are, beside torch, JAX, SciPy and naive NumPy.

``--measure`` measures over the whole range of floats, against mpmath, and writes what it finds:
all of it to benchmarks/accuracy.csv, the bounds that modules state to
symderive/catalog/accuracy.toml. Peers that cannot be imported are said to be missing, and their
columns stay empty. Without the option the table is printed from the file.

Usage: python benchmarks/accuracy.py [--measure [MODEL ...]]
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILE = HERE / "accuracy.csv"
BOUNDS = HERE.parent / "symderive" / "catalog" / "accuracy.toml"
FIELDS = ("model", "of", "dtype", "who", "ulps", "x", "bad", "points", "roots")
#: A larger error than this many ulps is none to state as a bound.
MOST = 2048
#: Whose columns there are; ours is that of the NumPy module.
WHO = ("ours", "ours, numba", "torch", "JAX", "SciPy", "naive NumPy")
#: Which of them modules state, and the table of the file of bounds that it is in.
OURS = {"ours": "{}", "ours, numba": "{}.numba"}

#: Which of the catalog's functions peers have: their name in torch.nn.functional, in jax.nn.
PEERS = {
    "sigmoid": ("sigmoid", "sigmoid"),
    "tanh": ("tanh", "tanh"),
    "softplus": ("softplus", "softplus"),
    "logsigmoid": ("logsigmoid", "log_sigmoid"),
    "elu": ("elu", "elu"),
    "selu": ("selu", "selu"),
    "celu": ("celu", "celu"),
    "gelu": ("gelu", "gelu"),
    "swish": ("silu", "silu"),
    "mish": ("mish", "mish"),
    "softsign": ("softsign", "soft_sign"),
    "hardswish": ("hardswish", "hard_swish"),
    "hardsigmoid": ("hardsigmoid", "hard_sigmoid"),
    "tanhshrink": ("tanhshrink", None),
}

#: A function of x: its value and its derivative.
Pair = Callable[[Any], tuple[Any, Any]]


def torch_pair(name: str) -> Pair:
    """torch, eager, by autograd."""
    import torch

    function = getattr(torch.nn.functional, name, None) or getattr(torch, name)

    def pair(x: Any) -> tuple[Any, Any]:
        t = torch.tensor(x, requires_grad=True)
        y = function(t)
        y.sum().backward()
        return y.detach().numpy(), t.grad.numpy()

    return pair


def jax_pair(name: str) -> Pair:
    """JAX, compiled, by grad."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    function = getattr(jax.nn, name, None) or getattr(jnp, name)
    if name == "gelu":
        function = lambda x: jax.nn.gelu(x, approximate=False)  # noqa: E731
    both = jax.jit(jax.vmap(jax.value_and_grad(function)))
    return lambda x: tuple(map(_numpy, both(x)))


def _numpy(x: Any) -> Any:
    import numpy as np

    return np.asarray(x)


def scipy_pairs() -> dict[str, Pair]:
    """What SciPy has, with the derivatives written in its functions."""
    from numpy import exp, pi, sqrt
    from scipy.special import expit, log_expit, ndtr

    return {
        "sigmoid": lambda x: (expit(x), expit(x) * expit(-x)),
        "logsigmoid": lambda x: (log_expit(x), expit(-x)),
        "softplus": lambda x: (-log_expit(-x), expit(x)),
        "swish": lambda x: (x * expit(x), expit(x) * (1 + x * expit(-x))),
        "gelu": lambda x: (x * ndtr(x), ndtr(x) + x * exp(-x * x / 2) / sqrt(2 * pi)),
    }


def naive_pairs() -> dict[str, Pair]:
    """The formulas as they stand in a textbook."""
    from numpy import exp, log, tanh, where

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + exp(-x))

    def hyperbolic(x: Any) -> Any:
        return (exp(x) - exp(-x)) / (exp(x) + exp(-x))

    def mish(x: Any) -> tuple[Any, Any]:
        t = tanh(log(1 + exp(x)))
        return x * t, t + x * (1 - t * t) * sigmoid(x)

    return {
        "sigmoid": lambda x: (sigmoid(x), sigmoid(x) * (1 - sigmoid(x))),
        "tanh": lambda x: (hyperbolic(x), 1 - hyperbolic(x) ** 2),
        "softplus": lambda x: (log(1 + exp(x)), exp(x) / (1 + exp(x))),
        "logsigmoid": lambda x: (log(sigmoid(x)), 1 - sigmoid(x)),
        "elu": lambda x: (where(x >= 0, x, exp(x) - 1), where(x >= 0, x * 0 + 1, exp(x))),
        "swish": lambda x: (
            x * sigmoid(x),
            sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
        ),
        "mish": mish,
        "tanhshrink": lambda x: (x - tanh(x), tanh(x) ** 2),
    }


def candidates() -> dict[str, dict[str, Pair]]:
    """Every peer that is there, with its functions by the names of the catalog."""
    found: dict[str, dict[str, Pair]] = {}
    makers: dict[str, Callable[[], dict[str, Pair]]] = {
        "torch": lambda: {n: torch_pair(names[0]) for n, names in PEERS.items()},
        "JAX": lambda: {n: jax_pair(names[1]) for n, names in PEERS.items() if names[1]},
        "SciPy": scipy_pairs,
        "naive NumPy": naive_pairs,
    }
    for who, make in makers.items():
        try:
            found[who] = make()
        except ImportError as error:
            print(f"{who} is left out: {error}", file=sys.stderr)
    return found


def measured(name: str, peers: dict[str, dict[str, Pair]]) -> Iterator[dict[str, Any]]:
    """The rows of one model."""
    import numpy as np

    from symderive import catalog
    from symderive.codegen import generate_source, load_module
    from symderive.derive import gradient
    from symderive.stabilise import stabilise, stabilise_gradient
    from symderive.verify import accuracy

    model = catalog.load(name)
    declaration = accuracy.scalar_input(model)
    if declaration is None:
        return
    wrt = [d.name for d in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    modules = {"ours": load_module(generate_source(gradients), name)}
    if find_spec("numba") is not None:
        source = generate_source(gradients, target="numba")
        modules["ours, numba"] = load_module(source, f"{name}_numba")
    for dtype, grid in accuracy.GRIDS["full"].items():
        x = accuracy.grid_points(model, grid, dtype)
        truth = accuracy.Truth(gradients)
        right = [truth.at(float(point)) for point in x]
        pairs: dict[str, Pair] = {
            who: partial(accuracy.value_and_slope, model, module) for who, module in modules.items()
        }
        pairs |= {who: pairs_of[name] for who, pairs_of in peers.items() if name in pairs_of}
        for who, pair in pairs.items():
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                arrays = pair(x)
            for n, of in enumerate(("value", "derivative")):
                found = accuracy.error(of, dtype, x, arrays[n], [both[n] for both in right])
                yield {
                    "model": name,
                    "of": of,
                    "dtype": dtype,
                    "who": who,
                    "ulps": f"{found.ulps:.3g}",
                    "x": f"{found.x:.6g}",
                    "bad": found.bad,
                    "points": found.points,
                    "roots": " ".join(f"{root:.3g}" for root in found.roots),
                }


def measure(names: list[str]) -> None:
    """Measure, and write both files; of other models what they hold stays."""
    from symderive import catalog

    old: list[dict[str, Any]] = []
    if FILE.exists():
        with FILE.open(encoding="utf-8", newline="") as file:
            old = [row for row in csv.DictReader(file) if names and row["model"] not in names]
    peers = candidates()
    rows = [*old]
    for name in names or catalog.names():
        print(name, file=sys.stderr, flush=True)
        rows += measured(name, peers)
    rows.sort(key=lambda row: row["model"])
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    BOUNDS.write_text("\n".join(bounds(rows)) + "\n", encoding="utf-8")


def bounds(rows: list[dict[str, Any]]) -> Iterator[str]:
    """The lines of the file of bounds: the next power of two, at least 1, for each figure."""
    yield "# By `python benchmarks/accuracy.py --measure`: the largest errors, rounded up to"
    yield "# powers of two, in ulps; a model without a figure here is not exact everywhere."
    yield "# First those of the NumPy module, then those of loops for numba."
    table: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["who"] in OURS:
            ulps = float(row["ulps"])
            power = 2 ** max(0, math.ceil(math.log2(max(ulps, 0.5)))) if ulps < math.inf else 0
            if 0 < power <= MOST and int(row["bad"]) == 0:
                head = OURS[row["who"]].format(row["model"])
                table.setdefault(head, {})[f"{row['of']}_{row['dtype']}"] = str(power)
    for name, entries in sorted(table.items()):
        yield ""
        yield f"[{name}]"
        yield from (f"{key} = {value}" for key, value in entries.items())


def text(row: dict[str, str] | None) -> str:
    """A cell: the largest error, and the share of bad results if there are any."""
    if row is None:
        return ""
    bad = int(row["bad"]) / int(row["points"])
    ulps = float(row["ulps"])
    figure = f"{ulps:.1f}" if ulps < 100 else f"{ulps:.0e}" if ulps < math.inf else "inf"
    return figure + (f" ({max(bad * 100, 0.1):.1f} % bad)" if bad else "")


def show() -> None:
    """Print the table."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    print(f"| function | of | dtype | {' | '.join(WHO)} |")
    print("|---|---|---|" + "---|" * len(WHO))
    cells = {(r["model"], r["of"], r["dtype"], r["who"]): r for r in rows}
    for key in dict.fromkeys(key[:3] for key in cells):
        print(f"| {' | '.join(key)} | {' | '.join(text(cells.get((*key, who))) for who in WHO)} |")


def main() -> None:
    """Measure or show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--measure", nargs="*", metavar="MODEL")
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure)
    else:
        show()


if __name__ == "__main__":
    main()
