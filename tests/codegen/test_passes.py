"""What passes and lowering achieve, seen in the program or in its text."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest

from symderive.codegen import generate_source, load_module
from symderive.codegen.exponentials import log_sum_exp, logistic
from symderive.codegen.ir import Graph, Map, Put, Rename, Var, reachable
from symderive.codegen.passes import gather_first, holes_last, one_quotient, pieces, scale_rows
from symderive.codegen.program import Program
from symderive.derive import gradient
from symderive.notation.sym import read_model
from symderive.stabilise import stabilise, stabilise_gradient

N0, C0, C1 = Var(0, "N", 0), Var(1, "C", 0), Var(1, "C", 1)


def lines(source, name="value_and_vjp"):
    """The statements of a function, without its checks."""
    body = source.split(f"def {name}(")[1].split("\ndef ")[0]
    return body.split("errstate", 1)[1]


# --- nodes ------------------------------------------------------------------------------------


def test_equal_nodes_are_one():
    graph = Graph()
    s = graph.input("s", (N0, C0))
    assert graph.map("exp", s) is graph.map("exp", graph.input("s", (N0, C0)))
    assert graph.constant(1) is graph.constant(Fraction(1))
    assert graph.constant(1) is not graph.constant(True)


def test_renaming_is_pushed_outwards_so_that_letters_do_not_matter():
    graph = Graph()
    s = graph.input("s", (N0, C0))
    renamed = graph.rename(s, (N0, C1))
    power = graph.map("exp", renamed)
    assert isinstance(power, Rename)
    assert power.source is graph.map("exp", s)
    assert graph.reduce("sum", power, [C1]) is graph.reduce("sum", graph.map("exp", s), [C0])


@pytest.mark.parametrize(
    ("op", "numbers", "expected"),
    [("add", (0, None), None), ("multiply", (1, None), None), ("divide", (None, 1), None)],
)
def test_neutral_numbers_vanish(op, numbers, expected):
    graph = Graph()
    x = graph.input("x", (N0,))
    operands = [x if number is expected else graph.constant(number) for number in numbers]
    assert graph.map(op, *operands) is x


def test_integers_equal_themselves_but_reals_may_be_nan():
    graph = Graph()
    i, x = graph.iota(N0), graph.input("x", (N0,))
    assert graph.map("==", i, i) is graph.constant(True)
    assert graph.map("<", i, i) is graph.constant(False)
    assert isinstance(graph.map("==", x, x), Map)


def test_what_was_put_is_found_there():
    graph = Graph()
    y, v = graph.input("y", (N0,), "int"), graph.input("v", (N0,))
    put = graph.put(graph.constant(0), [(C0, y)], v)
    assert isinstance(put, Put)
    assert graph.substitute(put, {C0: y}) is v


# --- passes -----------------------------------------------------------------------------------


def program(graph, *outputs):
    named = tuple((f"out{n}", node) for n, node in enumerate(outputs))
    return Program(graph, (), named)


def ops(found):
    nodes = reachable(found.roots)
    return [node.op for node in nodes if isinstance(node, Map)]


def test_log_sum_exp_and_softmax_share_their_exponentials():
    graph = Graph()
    s = graph.input("s", (N0, C0))
    level = graph.reduce("lse", s, [C0])
    p = graph.map("exp", graph.map("subtract", s, level))
    y = graph.input("y", (N0,), "int")
    at_label = graph.map("exp", graph.map("subtract", graph.substitute(s, {C0: y}), level))
    other = graph.map("exp", graph.map("subtract", graph.rename(s, (N0, C1)), level))
    found = log_sum_exp(program(graph, level, p, at_label, other))
    assert ops(found).count("exp") == 1


def test_an_exponential_of_other_scores_is_left_alone():
    graph = Graph()
    s, r = graph.input("s", (N0, C0)), graph.input("r", (N0, C0))
    level = graph.reduce("lse", s, [C0])
    shifted = graph.map("exp", graph.map("subtract", r, level))
    elsewhere = graph.map("exp", graph.map("subtract", s, graph.rename(level, (Var(0, "N", 1),))))
    found = log_sum_exp(program(graph, level, shifted, elsewhere))
    assert ops(found).count("exp") == 3


def test_sigmoid_and_softplus_share_only_where_both_are():
    graph = Graph()
    x = graph.input("x", (N0,))
    pair = program(graph, graph.map("sigmoid", x), graph.map("softplus", graph.map("negative", x)))
    assert ops(logistic(pair)).count("exp") == 1
    alone = program(graph, graph.map("sigmoid", x))
    assert ops(logistic(alone)) == ["sigmoid"]


def test_a_gather_moves_before_what_only_it_needs():
    graph = Graph()
    s, y = graph.input("s", (N0, C0)), graph.input("y", (N0,), "int")
    p = graph.map("tanh", s)
    entry = graph.substitute(p, {C0: y})
    (root,) = gather_first(program(graph, entry)).roots
    assert isinstance(root, Map)
    assert root.op == "tanh"
    kept = gather_first(program(graph, entry, p)).roots[0]
    assert kept is entry


def test_row_factors_meet_before_the_array_does():
    graph = Graph()
    e, total, c = graph.input("e", (N0, C0)), graph.input("t", (N0,)), graph.input("c", ())
    p = graph.map("divide", e, total)
    (root,) = scale_rows(program(graph, graph.map("multiply", c, p))).roots
    assert root is graph.map("multiply", graph.map("divide", c, total), e)
    both = scale_rows(program(graph, graph.map("multiply", c, p), p))
    assert both.roots[0] is graph.map("multiply", c, p)


SQUARES = """
data x[N, D]
data t[N, C]
param w[C, D]
e[i, c] = sum[k](w[c, k]*x[i, k]) - t[i, c]
L[i] = sum[c]({of_each}) / 2
{rest}
"""
ONE_SUM = {"e[i, c]**2": "np.vdot(e, e)", "abs(e[i, c])": ".sum()"}


def source_of(of_each, rest):
    model = read_model(SQUARES.format(of_each=of_each, rest=rest), "squares")
    return generate_source(gradient(model, ["w"]))


@pytest.mark.parametrize("of_each", ONE_SUM)
def test_a_sum_of_sums_of_rows_is_one_sum(of_each):
    source = source_of(of_each, "loss = mean[i](L[i])")
    for name in ("value", "value_and_vjp"):
        text = lines(source, name)
        assert ONE_SUM[of_each] in text
        assert "einsum" not in text
        assert "np.ones" not in text
        assert text.index("# L[i] = ") < text.index("# loss = ")


@pytest.mark.parametrize(
    "rest",
    [
        "M = max[i](L[i])\nloss = sum[i](L[i]) + M",
        "loss = sum[i](L[i]**2)",
        "loss = sum[i](sqrt(L[i] + 1))",
    ],
)
def test_sums_of_rows_that_are_used_otherwise_stay(rest):
    assert 'np.einsum("ic,ic->i"' in lines(source_of("e[i, c]**2", rest), "value")


def test_values_with_and_without_gradients_are_the_same_to_the_last_bit_where_sums_are_one():
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(37, 8)), rng.normal(size=(37, 5)), rng.normal(size=(5, 8))
    for of_each in ONE_SUM:
        source = source_of(of_each, "loss = mean[i](L[i])")
        module = load_module(source, "squares")
        assert module.value(*arrays) == module.value_and_grad(*arrays)[0]


def test_a_quotient_that_is_there_spares_another():
    graph = Graph()
    a, b, c = graph.input("a", (N0,)), graph.input("b", (N0,)), graph.input("c", ())
    there = graph.map("divide", c, b)
    minus = graph.map("multiply", c, graph.map("negative", graph.map("divide", a, b)))
    found = one_quotient(program(graph, there, minus))
    assert found.roots == [there, graph.map("multiply", graph.map("negative", a), there)]
    # A quotient that is needed itself stays, and so does one by something else.
    assert one_quotient(program(graph, there, minus, graph.map("divide", a, b))).roots[1] is minus
    alone = program(graph, graph.map("divide", c, a), minus)
    assert one_quotient(alone).roots == alone.roots


@pytest.mark.parametrize("op", [">", ">=", "<", "<="])
def test_pieces_that_meet_at_0_need_no_select(op):
    graph = Graph()
    x, a, zero = graph.input("x", (N0,)), graph.input("a", ()), graph.constant(0)
    curved = graph.map("multiply", a, graph.map("expm1", x))
    sides = (x, curved) if op.startswith(">") else (curved, x)
    (root,) = pieces(program(graph, graph.select(graph.map(op, x, zero), *sides))).roots
    below = graph.map("multiply", a, graph.map("expm1", graph.map("minimum", x, zero)))
    assert root is graph.map("add", graph.map("maximum", x, zero), below)


@pytest.mark.parametrize("alpha", [1.0, -0.3, 1e20, 1e-20, 0.0])
def test_an_exponential_beside_a_step_needs_no_select(alpha):
    text = "data x[N]\nconst a = 1\ny[i] = where(x[i] >= 0, x[i], a*(exp(x[i]) - 1))"
    model = stabilise(read_model(text, "elu")).model
    source = generate_source(stabilise_gradient(gradient(model, ["x"])))
    assert "_bracket" not in source
    x = np.array([-800.0, -1e-300, -0.0, 0.0, 5e-324, 2.5, 800.0])
    _, grads = load_module(source, "m").value_and_vjp(x, a=alpha)
    np.testing.assert_array_equal(grads["x"], np.where(x >= 0, 1, alpha * np.exp(np.minimum(x, 0))))


@pytest.mark.parametrize(
    "slope", ["b[i]*exp(x[i])", "exp(2*x[i])", "exp(x[i]) + 1", "a*exp(x[i])**2"]
)
def test_other_exponentials_beside_a_step_keep_their_select(slope):
    text = f"data x[N]\ndata b[N]\nconst a = 1\ny[i] = where(x[i] < 0, {slope}, 1) + min(x[i], 0)"
    source = generate_source(read_model(text, "m"))
    assert "_bracket" in source or "_select" in source


def test_a_select_that_guards_stays():
    graph = Graph()
    x, z, zero = graph.input("x", (N0,)), graph.input("z", (N0,)), graph.constant(0)
    mask = graph.map(">", x, zero)
    guarded = (
        graph.map("multiply", x, z),  # z may be infinite where x is 0
        graph.map("multiply", x, graph.map("log", x)),
        graph.map("exp", x),
        graph.map("add", x, graph.constant(1)),
    )
    for part in guarded:
        kept = graph.select(mask, part, zero)
        assert pieces(program(graph, kept)).roots == [kept]
    beside = graph.select(graph.map(">", x, graph.constant(1)), x, zero)
    assert pieces(program(graph, beside)).roots == [beside]


def test_a_factor_comes_out_of_an_absolute_value():
    graph = Graph()
    x, c = graph.input("x", (N0,)), graph.input("c", ())
    minus = graph.map("multiply", graph.constant(-3), x)
    power = graph.map("negative", graph.map("absolute", minus))
    (root,) = scale_rows(program(graph, power)).roots
    assert root is graph.map("multiply", graph.constant(-3), graph.map("absolute", x))
    (root,) = scale_rows(program(graph, graph.map("absolute", graph.map("multiply", c, x)))).roots
    wanted = graph.map("multiply", graph.map("absolute", c), graph.map("absolute", x))
    assert root is wanted
    both = scale_rows(program(graph, graph.map("absolute", minus), minus))
    assert both.roots[0] is graph.map("absolute", minus)


def test_a_hole_is_made_after_the_mask():
    graph = Graph()
    e, y = graph.input("e", (N0, C0)), graph.input("y", (N0,), "int")
    zero = graph.constant(0)
    mask = graph.map(">", e, zero)
    holed = graph.put(e, [(C0, y)], zero)
    (root,) = holes_last(program(graph, graph.select(mask, holed, zero))).roots
    assert root is graph.put(graph.select(mask, e, zero), [(C0, y)], zero)


# --- the text ---------------------------------------------------------------------------------


def test_softmax_takes_exponentials_once_and_in_place(make, models):
    for stable in (True, False):
        text = lines(make(models["stable_nll"], "fast", stable).source)
        assert text.count("np.exp(") == 1
        assert re.search(r"np\.exp\((\w+), out=\1\)", text)
        assert "ds[i, y] -= dL" in text
        assert "where(i" not in text


def test_no_array_of_indices_meets_a_label(make, models):
    """A label is a place to write to, never a comparison with every class."""
    for name in ("stable_nll", "sum_of_others", "mean_of_others", "one_hot"):
        text = make(models[name]).source
        assert "== y[:, None]" not in text
        assert "!= y[:, None]" not in text or name == "sum_of_others"  # for its excluded inf


def test_sums_of_products_are_matrix_products(make, models):
    assert "s = x.dot(w.T)" in make(models["stable_nll"]).source
    assert "s = xt.T.dot(wt)" in make(models["transposed"]).source
    assert "o = one @ two" in make(models["batched"]).source
    assert "np.vdot(one, three)" in make(models["full_contraction"]).source
    text = lines(make(models["bilinear"]).source, "value")
    assert "left.dot(mid)" in text
    assert 'np.einsum("ij,ij->i"' in text


def test_a_gradient_comes_in_the_order_its_input_was_declared(make, models):
    assert "dwt = xt.dot(ds)" in make(models["transposed"]).source


def test_readable_code_has_one_line_an_equation(make, models):
    text = lines(make(models["stable_nll"], "readable").source, "value")
    code = [line for line in text.splitlines()[1:] if line.startswith(" " * 8)]
    assert [line.strip()[0] for line in code] == ["#", "s", "#", "Z", "#", "L", "#", "l"]


def test_a_program_may_be_deep():
    graph = Graph()
    x = graph.input("x", (N0,))
    for _ in range(3000):  # no recursion over the depth of a program
        x = graph.map("tanh", x)
    assert len(reachable([x])) == 3001
    assert len(ops(scale_rows(program(graph, x)))) == 3000
