"""The problems in JAX, compiled by ``jax.jit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from problems import Arrays, Problem

jax.config.update("jax_enable_x64", True)


def softmax_nll(x: Any, y: Any, w: Any) -> Any:
    return scores(x @ w.T, y)


def scores(s: Any, y: Any) -> Any:
    return -jax.nn.log_softmax(s)[jnp.arange(len(y)), y].mean()


def hinge(x: Any, y: Any, w: Any) -> Any:
    s = x @ w.T
    i = jnp.arange(len(y))
    e = jnp.maximum(0, s - s[i, y][:, None] + 1)
    return e.at[i, y].set(0).sum(axis=1).mean()


def binary(x: Any, y: Any, w: Any, b: Any) -> Any:
    s = x @ w + b
    return (y * jax.nn.softplus(-s) + (1 - y) * jax.nn.softplus(s)).mean()


def network(x: Any, y: Any, w_h: Any, w_o: Any) -> Any:
    h = jax.nn.sigmoid(x @ w_h.T)
    return ((jax.nn.sigmoid(h @ w_o.T) - y) ** 2).sum() / 2


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "softmax_nll": softmax_nll,
    "hinge": hinge,
    "binary": binary,
    "network": network,
    "scores": scores,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "swish": jax.nn.swish,
    "elu": jax.nn.elu,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "tanh": jnp.tanh,
}


def candidates(problem: Problem, inputs: Arrays) -> dict[str, Callable[[], Any]]:
    """``jax.jit`` of value and gradient; the inputs are put on the device beforehand."""
    if problem.name not in FUNCTIONS:
        return {}
    function = FUNCTIONS[problem.name]
    names = list(inputs)

    def both(*args: Any) -> Any:
        if problem.is_map:
            value, pull = jax.vjp(function, *args)
            return value, *pull(jnp.ones_like(value))
        value, grads = jax.value_and_grad(function, [names.index(n) for n in problem.wrt])(*args)
        return value, *grads

    compiled = jax.jit(both)
    args = [jnp.asarray(value) for value in inputs.values()]
    return {"JAX jit": lambda: jax.block_until_ready(compiled(*args))}
