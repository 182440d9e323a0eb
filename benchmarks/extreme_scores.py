"""Naive NumPy against the generated module, at scores of +-1000; printed as a Markdown table.

Usage: python benchmarks/extreme_scores.py
"""

from __future__ import annotations

import warnings

import mpmath
import numpy as np

import symderive as sd


def naive(s: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """The formulas as they stand on the slide."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        e = np.exp(s)
        p = e / e.sum(axis=1, keepdims=True)
        i = np.arange(len(y))
        loss = float(np.mean(-np.log(p[i, y])))
        grad = p.copy()
        grad[i, y] -= 1
        return loss, grad / len(y)


def exact(s: np.ndarray, y: np.ndarray) -> tuple[mpmath.mpf, list[mpmath.mpf]]:
    """The same at 50 digits: the loss, and the gradient by the scores of the first sample."""
    with mpmath.workdps(50):
        losses = []
        for row, label in zip(s, y, strict=True):
            total = mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in row)
            losses.append(mpmath.log(total) - mpmath.mpf(row[label]))
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(v)) for v in s[0])
        first = [mpmath.exp(mpmath.mpf(v)) / total for v in s[0]]
        first[y[0]] -= 1
        return mpmath.fsum(losses) / len(y), [g / len(y) for g in first]


def text(value: float) -> str:
    """A figure of the table."""
    return f"{float(value):.6g}"


def main() -> None:
    """Print the table."""
    module = sd.compile("softmax_nll")
    rows = [
        ([1000.0, 0.0, -1000.0], 0),
        ([1000.0, 0.0, -1000.0], 2),
        ([1000.0, 1000.0, -1000.0], 1),
        ([-1000.0, -1000.0, -1001.0], 0),
    ]
    print("| scores | label | naive: loss, gradient | generated: loss, gradient | exact |")
    print("|---|---|---|---|---|")
    for scores, label in rows:
        # With w the identity, x holds the scores themselves and dL/dx is the gradient by them.
        s, y = np.array([scores]), np.array([label])
        value, grads = module.value_and_grad(s, y, np.eye(3), wrt=("x",))
        plain_value, plain_grad = naive(s, y)
        true_value, true_grad = exact(s, y)
        print(
            f"| {', '.join(f'{v:g}' for v in scores)} | {label + 1}"
            f" | {text(plain_value)}; {', '.join(map(text, plain_grad[0]))}"
            f" | {text(value)}; {', '.join(map(text, grads['x'][0]))}"
            f" | {text(true_value)}; {', '.join(map(text, true_grad))} |"
        )


if __name__ == "__main__":
    main()
