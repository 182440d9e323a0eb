"""Traversal: every shared node once, and rebuilding keeps meaning."""

from sympy import Integer, S, log

from symderive.expr import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Axis,
    Compare,
    Element,
    Exp,
    Index,
    Iverson,
    MaxOf,
    NamedReduce,
    Reduce,
    Tensor,
    Where,
    all_of,
    any_of,
    bottom_up,
    children,
    close,
    compare,
    elements,
    free_indices,
    height,
    iverson,
    mentions,
    replace,
    subexpressions,
    with_children,
)

N, C = Axis("N"), Axis("C")
i, j, l = Index("i", N), Index("j", C), Index("l", C)
s, y, t = Tensor("s", (N, C)), Tensor("y", (N,), label_of=C), Tensor("t")


def doubled(levels, leaf=None):
    """A graph of a few nodes whose tree has 2**levels leaves."""
    node = t() if leaf is None else leaf
    for _ in range(levels):
        node = MaxOf(node, node)
    return node


def test_children_come_before_parents():
    expr = log(s[i, y[i]]) + t()
    found = list(subexpressions(expr))
    assert all(found.index(part) < found.index(node) for node in found for part in children(node))


def test_a_shared_node_is_visited_once():
    assert len(list(subexpressions(doubled(100)))) == 101


def test_the_head_of_an_element_is_no_part_of_it():
    assert children(s[i, y[i]]) == (i, y[i])


def test_leaves_have_no_parts():
    assert children(i) == children(N) == children(s) == ()


def test_a_graph_is_rebuilt_in_linear_time():
    assert replace(doubled(100), {t(): s[i, j]}).args[0].args[0] is not None


def test_rebuilding_keeps_sharing():
    grown = replace(doubled(100), {t(): s[i, j]})
    assert grown.args[0] is grown.args[1]


def test_nothing_to_replace_gives_the_same_object():
    expr = log(t())
    assert replace(expr, {}) is expr
    assert replace(expr, {s[i, j]: t()}) is expr


def test_replacements_are_simultaneous():
    assert replace(s[i, j] - s[i, l], {j: l, l: j}) == s[i, l] - s[i, j]


def test_what_a_replacement_brings_in_is_not_searched_again():
    assert replace(t(), {t(): log(t())}) == log(t())


def test_the_largest_part_is_replaced():
    assert replace(s[i, y[i]], {y[i]: j, i: Index("n", N)}) == s[Index("n", N), j]


def test_a_condition_that_becomes_decided_disappears():
    assert replace(iverson(compare("<", j, l)), {j: l}) == 0
    assert replace(Where(compare("==", j, l), t(), 2), {j: l}) == t()
    assert replace(Where(compare("!=", j, l), t(), 2), {j: l}) == 2


def test_a_decided_part_of_a_conjunction_disappears():
    cond = all_of([compare("<=", j, l), compare("!=", l, y[i])])
    assert replace(cond, {j: l}) == compare("!=", l, y[i])


def test_a_decided_part_of_a_disjunction_decides_it():
    cond = any_of([compare("<=", j, l), compare("!=", l, y[i])])
    assert replace(cond, {j: l}) == TRUE


def test_rebuilt_comparisons_are_in_our_order():
    assert with_children(Compare("==", l, l), (Compare("==", l, l).args[0], l, j)) == compare(
        "==", j, l
    )


def test_rebuilt_conditions_are_in_our_order():
    parts = (compare("<", j, l), compare("!=", j, y[i]))
    assert with_children(AllOf(TRUE), parts) == all_of(parts)
    assert with_children(AnyOf(FALSE), parts) == any_of(parts)


def test_rebuilding_with_the_same_parts_gives_the_same_object():
    node = close("sum", [j], s[i, j])
    assert with_children(node, children(node)) is node


def test_a_rebuilt_element_keeps_its_head():
    assert with_children(s[i, j], (i, l)) == s[i, l]


def test_a_rebuilt_node_keeps_its_class():
    node = NamedReduce("sum", [j], TRUE, s[i, j])
    assert type(with_children(node, (*children(node)[:3], s[i, j] ** 2))) is NamedReduce


def test_a_step_sees_every_node_once():
    seen = []

    def step(node):
        seen.append(node)
        return node

    bottom_up(doubled(5), step)
    assert len(seen) == 6


def test_a_step_is_applied_to_rebuilt_nodes():
    def step(node):
        return S.Zero if isinstance(node, Element) else node

    assert bottom_up(Exp(t()) + 2, step) == 3


def test_a_memo_is_shared_between_calls():
    count, memo, shared = [], {}, log(t())

    def step(node):
        count.append(node)
        return node

    bottom_up(shared + 1, step, memo)
    before = len(count)
    bottom_up(shared, step, memo)
    assert len(count) == before


def test_the_height_counts_nested_reductions():
    inner = close("sum", [j], s[i, j])
    nested = close("max", [i], inner + close("sum", [l], s[i, l] * t()))
    assert (height(t()), height(inner), height(nested)) == (0, 1, 2)


def test_a_reduction_in_a_condition_counts_too():
    inner = close("sum", [j], s[i, j])
    assert height(close("sum", [i], t(), compare("<", inner, Integer(0)))) == 2


def test_a_named_reduction_has_no_height_of_its_own():
    assert height(NamedReduce("sum", [j], TRUE, s[i, j])) == 0


def test_elements_in_slots_are_elements_too():
    assert set(elements(s[i, y[i]] + t(), y[i])) == {s[i, y[i]], y[i], t()}


def test_only_free_indices_are_free():
    expr = close("sum", [j], s[i, j] * s[i, l])
    assert free_indices(expr, iverson(compare("<", j, l))) == {i, j, l}
    assert free_indices(expr) == {i, l}


def test_mentions_finds_parts_in_conditions():
    node = Iverson(compare("!=", j, y[i]))
    assert mentions(node, y[i])
    assert mentions(node, t(), j)
    assert not mentions(node, l)


def test_reductions_are_closed_over_several_indices_at_once():
    node = close("sum", [i, j], s[i, j])
    assert isinstance(node, Reduce)
    assert len(node.bound) == 2
