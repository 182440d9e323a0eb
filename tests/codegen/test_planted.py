"""The comparison with the model can fail: faults planted in generation are all found."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from symderive.codegen import generate_source, load_module, lower, ops, passes, plan, write
from symderive.codegen.ir import Graph
from symderive.codegen.lower import Lowering
from symderive.derive import gradient
from symderive.stabilise import stabilise, stabilise_gradient


def wrong_sign(monkeypatch):
    monkeypatch.setitem(ops.OPS, "subtract", replace(ops.OPS["subtract"], operator="+"))
    monkeypatch.setitem(
        ops.OPS, "subtract", replace(ops.OPS["subtract"], operator="+", spelling="add")
    )


def wrong_function(monkeypatch):
    monkeypatch.setitem(ops.OPS, "cos", replace(ops.OPS["cos"], spelling="sin"))


def swapped_functions(monkeypatch):
    table = dict(lower.FUNCTIONS)
    a, b = (next(k for k, v in table.items() if v == name) for name in ("expm1", "exp"))
    monkeypatch.setitem(lower.FUNCTIONS, a, table[b])


def wrong_neutral(monkeypatch):
    monkeypatch.setitem(lower.NEUTRAL, "lse", 0.0)


def dropped_hole(monkeypatch):
    original = Lowering._take_apart

    def take_apart(self, *args):
        found = original(self, *args)
        found.holes = []
        return found

    monkeypatch.setattr(Lowering, "_take_apart", take_apart)


def dropped_mask(monkeypatch):
    original = Lowering._take_apart

    def take_apart(self, *args):
        found = original(self, *args)
        found.mask = None
        return found

    monkeypatch.setattr(Lowering, "_take_apart", take_apart)


def mask_product_instead_of_select(monkeypatch):
    def masked_sum(self, quick, mask, factors, over):  # noqa: ARG001
        return quick

    monkeypatch.setattr(Graph, "masked_sum", masked_sum)


def unsafe_operand(monkeypatch):
    def select(self, cond, yes, no):  # noqa: ARG001
        return self.map("multiply", self.map("real", cond), yes)

    monkeypatch.setattr(Graph, "select", select)


def set_for_add(monkeypatch):
    original = Graph.put
    monkeypatch.setattr(
        Graph,
        "put",
        lambda self, base, slots, value, mode="set": original(self, base, slots, value),
    )


def captured_index(monkeypatch):
    def bind(self, node, env):
        inner, bound = dict(env), []
        for index in node.bound:
            inner[index] = self._var(index.axis, 0)
            bound.append(inner[index])
        return inner, bound

    monkeypatch.setattr(Lowering, "_bind", bind)


def overwritten_too_early(monkeypatch):
    monkeypatch.setattr(
        plan._Planner,
        "_last_uses",
        lambda self, order: (
            {node.uid: place for place, node in enumerate(order)}
            | {arg.uid: place for place, node in enumerate(order) for arg in node.args[:1]}
        ),
    )
    original = plan._Planner._reusable

    def reusable(self, node, place, last, dead):
        last = dict.fromkeys(last, place)
        return original(self, node, place, last, dead)

    monkeypatch.setattr(plan._Planner, "_reusable", reusable)


def unshifted_exponentials(monkeypatch):
    original = Graph.select

    def select(self, cond, yes, no):
        if getattr(cond, "op", "") == "isfinite":
            return self.map("multiply", self.constant(0), yes)
        return original(self, cond, yes, no)

    monkeypatch.setattr(Graph, "select", select)


def scaled_twice(monkeypatch):
    def scaled(graph, scale, array):
        return graph.map("multiply", scale, graph.map("multiply", scale, array))

    monkeypatch.setattr(passes, "_scaled", scaled)


def wrong_axis(monkeypatch):
    monkeypatch.setattr(
        write.Writer,
        "_axis",
        lambda self, over, dims: write.pyast.literal(len(dims) - 1 - dims.index(over[0])),
    )


def forgotten_transpose(monkeypatch):
    monkeypatch.setattr(write.Writer, "_transposed", lambda self, placed, dims: placed.code)


def promoted(monkeypatch):
    wide = write.pyast.call("np.dtype", write.pyast.name("np.float64"))
    monkeypatch.setattr(write.Writer, "dtype", lambda self: wide)


FAULTS = [
    (wrong_sign, "stable_nll"),
    (wrong_function, "functions"),
    (swapped_functions, "functions"),
    (wrong_neutral, "lse_of_others"),
    (dropped_hole, "mean_of_others"),
    (dropped_hole, "sum_of_others"),
    (dropped_mask, "guarded_log"),
    (dropped_mask, "pairs"),
    (unsafe_operand, "guarded_log"),
    (set_for_add, "stable_nll"),
    (captured_index, "pairs"),
    (captured_index, "quadratic_form"),
    (overwritten_too_early, "softmax_used_twice"),
    (unshifted_exponentials, "extreme"),
    (scaled_twice, "stable_nll"),
    (wrong_axis, "stable_nll"),
    (forgotten_transpose, "transposed"),
    (mask_product_instead_of_select, "excluded"),
    (promoted, "float32"),
]


def made(model):
    names = [d.name for d in model.real_inputs]
    stable = stabilise_gradient(gradient(stabilise(model).model, names))
    source = generate_source(stable)
    return stable, source, load_module(source, model.name)


@pytest.mark.parametrize(
    ("fault", "where"), FAULTS, ids=[f"{fault.__name__}-{where}" for fault, where in FAULTS]
)
def test_a_planted_fault_is_found(monkeypatch, models, against, fault, where):
    fault(monkeypatch)
    with pytest.raises((AssertionError, ValueError, IndexError, TypeError, NameError)):  # noqa: PT012
        if where == "extreme":
            _, _, module = made(models["stable_nll"])
            value = module.value(np.array([[1e4]]), [0], np.array([[1.0], [-1.0]]))
            assert math.isclose(value, 0.0, abs_tol=1e-9)
        elif where == "excluded":
            _, _, module = made(models["sum_where_positive"])
            found = module.value([[1.0, -1.0]], [[1.0], [np.inf]])
            assert found == 1.0
        else:
            name = "stable_nll" if where == "float32" else where
            dtype = np.float32 if where == "float32" else np.float64
            against(models[name], *made(models[name]), dtype)
