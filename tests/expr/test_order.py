"""Our order: total, stable, and independent of how a sum or product happens to be stored."""

from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Float, I, Integer, Mul, Rational, S, log, nan, oo, pi, zoo
from sympy.core.cache import clear_cache

from symderive.expr import (
    TRUE,
    Axis,
    Bound,
    Compare,
    Exp,
    Index,
    Iverson,
    MaxOf,
    Size,
    Tensor,
    Where,
    close,
    compare,
    in_order,
    order_key,
)

N, C = Axis("N"), Axis("C")
i, j, l = Index("i", N), Index("j", C), Index("l", C)
s, y, t, w = Tensor("s", (N, C)), Tensor("y", (N,), label_of=C), Tensor("t"), Tensor("w", (C,))

NODES = [
    *(s, w, N, C),
    *map(Integer, (0, 1, 2, -1, -2, 10**30, 10**999, -(10**999))),
    Rational(1, 3),
    Rational(1, 10**999),
    Rational(2, 10**999),
    Float(0.5),
    Rational(1, 2),
    *(oo, -oo, nan, zoo, pi, S.Exp1, I),
    *(Size(N), Size(C), i, j, l, Bound(0, 0, C), Bound(0, 1, C), Bound(1, 0, C), Bound(0, 0, N)),
    *(t(), w[j], w[l], s[i, j], s[i, y[i]], y[i], w[y[i]]),
    *(-t(), 2 * t(), t() ** 2, 1 / t(), t() + w[j], t() * w[j], t() - w[j]),
    *(log(t()), Exp(t()), MaxOf(0, t()), MaxOf(t(), 0), Where(compare("<", j, l), t(), 0)),
    *(compare("<", j, l), compare("!=", j, l), Compare("==", l, j), Compare("==", j, l), TRUE),
    Iverson(compare("<", j, l)),
    *(close(kind, [j], w[j]) for kind in ("sum", "max", "lse")),
    close("sum", [j], w[j], compare("!=", j, y[i])),
    close("sum", [j, l], w[j] * w[l]),
]


def test_different_nodes_have_different_keys():
    named = {}
    for node in NODES:
        named.setdefault(order_key(node), []).append(node)
    assert [nodes for nodes in named.values() if len(nodes) > 1] == []


@given(st.permutations(NODES))
def test_the_order_does_not_depend_on_the_order_given(nodes):
    assert in_order(nodes) == in_order(NODES)


@given(st.permutations([t(), 2 * w[j], s[i, j], w[l] ** 2]))
def test_the_key_of_a_sum_does_not_depend_on_how_it_is_stored(parts):
    assert order_key(Add(*parts, evaluate=False)) == order_key(Add(*parts))


@given(st.permutations([t(), w[j], s[i, j], w[l] ** 2]))
def test_the_key_of_a_product_does_not_depend_on_how_it_is_stored(parts):
    assert order_key(Mul(*parts, evaluate=False)) == order_key(Mul(*parts))


def test_numbers_stand_first_then_sizes_indices_elements():
    assert in_order([log(t()), t(), j, Size(C), Integer(3)]) == [
        Integer(3),
        Size(C),
        j,
        t(),
        log(t()),
    ]


def _doubled(levels):
    node = t()
    for _ in range(levels):
        node = MaxOf(node, node)
    return node


def test_shared_graphs_are_compared_in_linear_time():
    less = MaxOf(_doubled(100), 0)
    clear_cache()  # or SymPy may give the same nodes again, and there is nothing to compare
    more = MaxOf(_doubled(100), 1)
    found = in_order([more, less])
    assert [id(node) for node in found] == [id(less), id(more)]
