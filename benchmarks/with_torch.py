"""The problems in torch: eager, and compiled by ``torch.compile``."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from problems import Arrays, Problem
from torch.nn import functional as nn

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def softmax_nll(x: Any, y: Any, w: Any) -> Any:
    return nn.cross_entropy(x @ w.T, y)


def hinge(x: Any, y: Any, w: Any) -> Any:
    return nn.multi_margin_loss(x @ w.T, y) * len(w)


def binary(x: Any, y: Any, w: Any, b: Any) -> Any:
    return nn.binary_cross_entropy_with_logits(x @ w + b, y)


def network(x: Any, y: Any, w_h: Any, w_o: Any) -> Any:
    h = torch.sigmoid(x @ w_h.T)
    return nn.mse_loss(torch.sigmoid(h @ w_o.T), y, reduction="sum") / 2


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax_nll": softmax_nll,
    "hinge": hinge,
    "binary": binary,
    "network": network,
    "scores": nn.cross_entropy,
    "sigmoid": torch.sigmoid,
    "softplus": nn.softplus,
    "swish": nn.silu,
    "elu": nn.elu,
    "gelu": nn.gelu,
    "tanh": torch.tanh,
}


def candidates(problem: Problem, inputs: Arrays) -> dict[str, Callable[[], Any]]:
    """Eager and compiled; the tensors share the memory of the inputs."""
    if problem.name not in FUNCTIONS:
        return {}
    function = FUNCTIONS[problem.name]
    args = {
        name: torch.as_tensor(value).requires_grad_(name in problem.wrt)
        for name, value in inputs.items()
    }
    leaves = [args[name] for name in problem.wrt]
    given = list(args.values())
    ones = torch.ones_like(given[0].detach()) if problem.is_map else None

    def run(called: Callable[..., Any]) -> Any:
        value = called(*given)
        return value, *torch.autograd.grad(value, leaves, ones)

    found = {"torch": lambda: run(function)}
    if os.environ.get("BENCH_COMPILE", "1") == "1":
        torch.compiler.reset()
        compiled = torch.compile(function, dynamic=False)
        found["torch.compile"] = lambda: run(compiled)
    return found
