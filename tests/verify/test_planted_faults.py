"""Every rule of the engine, made wrong in turn, is caught by the checks on some small model."""

from __future__ import annotations

import math

import pytest
from sympy import Abs, Function, Rational, S, log

from symderive.derive import accumulate, derive, explain, gradient, links, local
from symderive.derive.rules import DERIVATIVES, RULE_NAMES
from symderive.errors import SymderiveError
from symderive.expr import Axis, Index, Log2, binders, subexpressions
from symderive.model import Domain, build, define, param, tensor, total
from symderive.model.evaluate import Point
from symderive.notation.sym import read_model
from symderive.rewrite import algebra, facts, sums
from symderive.rewrite.fold import (
    _eliminated,
    _fold_factors,
    _fold_node,
    _with_sigmoid,
)
from symderive.verify import check_derivation
from symderive.verify.generated import case_at
from symderive.verify.gradients import against_mpmath, against_sympy
from symderive.verify.reference import Reference, with_cotangent
from tests.derive.zoo import POSITIVE, ZOO
from tests.verify.plant import Fault

N = Axis("N")
i = Index("i", N)


def of_function(function):
    """A model in which one function of the table stands, of every one of its arguments."""
    x, w = param("x", N, domain=POSITIVE), param("w", domain=Domain(low=S.Half))
    y, loss = tensor("y", (N,)), tensor("loss")
    offset = S(2) if function is Abs else Rational(5, 8)
    first = w() * x[i] if function in (log, Log2) else w() * x[i] - offset
    arguments = (first, x[i] + w())[: len(DERIVATIVES[function])]
    return build(
        f"of_{function.__name__}",
        [x, w],
        [define(y[i], function(*arguments)), define(loss(), total(y[i] * x[i], i))],
    )


def pool(name):
    """A model by its name: of the zoo, or of one function."""
    for function in DERIVATIVES:
        if name == f"of_{function.__name__}":
            return of_function(function)
    return ZOO[name]()


def found_by(model):
    """Which checks find a fault: of the lines, of the gradient, both or none."""
    found = set()
    names = [declaration.name for declaration in model.real_inputs]
    try:
        for name in names:
            check_derivation(derive(model, wrt=name))
    except (SymderiveError, AttributeError):  # nodes that no constructor makes stop the engine
        found.add("lines")
    try:
        gradients = gradient(model, names)
        tallies = [
            against_sympy(model, gradients, most=3),
            against_mpmath(model, gradients, most=3),
        ]
    except SymderiveError:
        return {*found, "gradient"}
    if not all(tally.points > 0 and tally.worst < 1e-20 for tally in tallies):
        found.add("gradient")
    return found


# --- the table of derivatives ---------------------------------------------------------------------

WRONG = {
    "sign": lambda partial: lambda *args: -partial(*args),
    "factor 2": lambda partial: lambda *args: 2 * partial(*args),
    "dropped": lambda partial: lambda *args: S.Zero,
    "one too much": lambda partial: lambda *args: partial(*args) + 1,
    "arguments swapped": lambda partial: lambda *args: partial(*args[::-1]),
    "not of its argument": lambda partial: lambda *args: partial(*(arg**2 for arg in args)),
}


def changes(function, place, wrong):
    """Whether the mutation changes the partial derivative at all."""
    arguments = [Function(f"u{k}")(S.One) for k in range(len(DERIVATIVES[function]))]
    partial = DERIVATIVES[function][place]
    return WRONG[wrong](partial)(*arguments) != partial(*arguments)


ROWS = [
    (function, place, wrong)
    for function, partials in DERIVATIVES.items()
    for place in range(len(partials))
    for wrong in WRONG
    if changes(function, place, wrong)
]


@pytest.mark.parametrize("function", DERIVATIVES)
def test_every_row_has_a_name_and_a_model_in_which_it_stands(function):
    assert RULE_NAMES[function]
    model = of_function(function)
    nodes = subexpressions(*(equation.rhs for equation in model.equations))
    assert any(isinstance(node, function) for node in nodes)
    assert any(row[0] == function for row in ROWS)


@pytest.mark.parametrize(("function", "place", "wrong"), ROWS)
def test_a_wrong_row_of_the_table_is_caught(function, place, wrong, monkeypatch):
    partials = list(DERIVATIVES[function])
    partials[place] = WRONG[wrong](partials[place])
    monkeypatch.setitem(DERIVATIVES, function, tuple(partials))
    assert found_by(of_function(function)) == {"lines", "gradient"}


# --- the rules that are code ----------------------------------------------------------------------

visit, product_, reduction = local._Walker.visit, local._Walker._product, local._Walker._reduction
wins, branches = local._wins, local.branches

LOCAL = [
    Fault(visit, "exponent, Pow(base, exponent - 1)", "Pow(base, exponent - 1)", "diagonals"),
    Fault(visit, "Pow(base, exponent - 1)", "Pow(base, exponent)", "diagonals"),
    Fault(visit, "exponent, Pow", "-exponent, Pow", "diagonals"),
    Fault(visit, "place.times(Xlogy(node, base))", "place.times(node)", "powers_of_inputs"),
    Fault(visit, "Xlogy(node, base)", "Xlogy(base, node)", "powers_of_inputs"),
    Fault(visit, "for term in node.args", "for term in node.args[1:]", "several_paths"),
    Fault(visit, "place.given(cond)", "place", "huber"),
    Fault(visit, "yield node, place", "yield node, place.times(node)", "diagonals"),
    Fault(product_, "given(*guards).times(*rest)", "given(*guards)", "bilinear"),
    Fault(product_, "others[position + 1 :]", "others[position:]", "bilinear"),
    Fault(product_, "others[:position] + ", "", "bilinear"),
    Fault(product_, "place.given(*guards)", "place", "bracketed"),
    Fault(branches, "(negate(cond), no)", "(cond, no)", "huber"),
    Fault(branches, "(cond, yes)", "(negate(cond), yes)", "huber"),
    Fault(wins, '(">", ">=") if', '("<", "<=") if', "clipped"),
    Fault(wins, 'else ("<", "<=")', 'else (">", ">=")', "clipped"),
    Fault(wins, "after > place and", "after < place and", "clipped"),
    Fault(wins, "not is_constant(other)", "is_constant(other)", "clipped"),
    Fault(wins, "if after != place", "if after != place and after", "clipped"),
    Fault(reduction, "inner.times(Exp(body - node))", "inner", "smooth_max"),
    Fault(reduction, "Exp(body - node)", "Exp(node - body)", "smooth_max"),
    Fault(reduction, "place.below(indices, cond)", "place.below(indices, TRUE)", "cox"),
    Fault(reduction, "inner.times(rest)", "inner", "products"),
    Fault(reduction, "[replace(cond, table), other]", "[replace(cond, table)]", "products"),
    Fault(reduction, "[replace(cond, table), other]", "[other]", "product_of_others"),
    Fault(reduction, "any_of(compare", "all_of(compare", "product_over_two"),
    Fault(reduction, 'compare("!=", a, b)', 'compare("==", a, b)', "products"),
    Fault(local.extremum_label, 'f"{equation.name}\'at"', '"y"', "crammer_singer"),
    Fault(local.with_extrema_named, 'f"arg{node.kind}"', '"argmin"', "max_pool"),
    Fault(local.with_extrema_named, 'f"arg{node.kind}"', '"argmax"', "k_means"),
    Fault(
        local.with_extrema_named,
        'close(f"arg{node.kind}", indices, body, cond)',
        'close(f"arg{node.kind}", indices, body)',
        "crammer_singer",
    ),
    Fault(
        local.ordered_factors, "return (number, *factors)", "return factors or (S.One,)", "of_erf"
    ),
    Fault(local.edges, "cond = all_of(place.conds)", "cond = TRUE", "cox"),
    Fault(local.edges, "place.binders, cond, place.factors", "place.binders, cond, ()", "cox"),
]

_OTHER = (
    "{index: next((i for i in sorted(free_indices(*factors, *conds), key=str)"
    " if i.axis == index.axis and i != index), value)}"
)

SUMS = [
    Fault(sums._sum, "= {index: value}", f"= {_OTHER}", "skip_gram"),
    Fault(sums._pin, 'cond.op == "=="', 'cond.op == "!="', "unused_indices"),
    Fault(sums._pin, "not mentions(other, side)", "True", "fixed_points"),
    Fault(sums._sum, "[replace(part, table) for part in conds]", "[]", "ranking"),
    Fault(sums._sum, "conds = [*conds, *found]", "conds = [*conds]", "cox"),
    Fault(sums._sum, "        conds += found\n", "", "pinned_factor"),
    Fault(sums._sum, "[*conds, *conjuncts(inner)]", "[*conds]", "same_group_squared"),
    Fault(sums._sum, "(*indices, *letters), ", "indices, ", "same_group_squared"),
    Fault(sums._sum, "for term in factor.args", "for term in factor.args[:1]", "softmax_by_lse"),
    Fault(sums._sum, "[*rest, term]", "[term]", "softmax_by_lse"),
    Fault(sums._sum, "[*rest, body]", "[body]", "same_group_squared"),
    Fault(
        sums._sum,
        "return times(iverson(all_of(conds)), *factors)",
        "return times(*factors)",
        "two_gathers",
    ),
    Fault(sums._pull_out, "[iverson(guard), *outside]", "[*outside]", "skip_gram"),
    Fault(sums._pull_out, "[iverson(guard), *outside]", "[iverson(guard)]", "embedding"),
    Fault(
        sums._pull_out,
        "        cond = all_of(part for part, used in parts[: len(conds)] if used & group)",
        "        cond = TRUE",
        "cox",
    ),
    Fault(sums._pull_out, "body = Mul(*(part", "body = Add(*(part", "bilinear"),
    Fault(
        sums._close_sum,
        "Mul(*(Size(letter.axis) for letter in letters))",
        "S.One",
        "unused_indices",
    ),
    Fault(sums._close_sum, "Size(letter.axis) - 1", "Size(letter.axis)", "unused_others"),
    Fault(sums._close_sum, "letters, rest, cond)", "letters, rest)", "cox"),
    Fault(sums.times, "Mul(iverson(Facts(()).decide(cond)), *rest)", "Mul(*rest)", "two_gathers"),
    Fault(sums.split_brackets, "conds.extend(conjuncts(base.cond))", "pass", "two_gathers"),
]

FOLD = [
    Fault(_fold_factors, "replace(named.name, binding)", "named.name", "label_smoothing"),
    Fault(_fold_node, "= replace(named.name, binding)", "= named.name", "softmax_by_lse"),
    Fault(_fold_node, "if replace(pattern, binding) == node", "if True", "two_gathers"),
    Fault(_with_sigmoid, "other.args[0] if above else -other.args[0]", "other.args[0]", "gated"),
    Fault(
        _eliminated,
        "cancel(result.subs(_A, value) - slope) != 0 or not _divides_by_scale_only(result)",
        "False",
        "swish",
    ),
]

FACTS = [
    Fault(
        facts.Facts._compare,
        '("==", "<=", ">=") else FALSE',
        '("==",) else FALSE',
        "mean_of_the_others",
    ),
    Fault(
        facts.Facts._compare,
        "in self._known:\n        return TRUE",
        "in self._known:\n        return FALSE",
        "attention",
    ),
    Fault(facts.Facts._mirror, '"<": ">", ">": "<"', '"<": "<", ">": ">"', "crossed_order"),
]

ALGEBRA = [
    Fault(
        algebra.common_factor,
        "Add(*(term / common for term in expr.args))",
        "expr.args[0] / common",
        "softmax_by_lse",
    ),
    Fault(algebra.common_factor, "return Mul(common, rest)", "return rest", "softmax_by_lse"),
    Fault(algebra.tidy, "Add(*(-term for term in part.args))", "part", "focal"),
]

spread, adjoint = accumulate._Reverse._spread, accumulate._Reverse._adjoint

ACCUMULATE = [
    Fault(spread, "[equation.where, support]", "[equation.where]", "guarded_log"),
    Fault(spread, "times(upstream, local)", "local", "several_paths"),
    Fault(spread, "[edge.cond, *guards, *slots]", "[*guards, *slots]", "cox"),
    Fault(
        adjoint,
        "self.terms.get(tensor.name, [])",
        "self.terms.get(tensor.name, [])[-1:]",
        "several_paths",
    ),
    Fault(accumulate._Reverse._support, "any_of(conds)", "all_of(conds)", "guarded_twice"),
    Fault(accumulate.is_total, "Xdivy() | log()", "Xdivy()", "guarded_log"),
]

writer = explain._Writer

LINES = [
    Fault(links.edge_term, ", *slots]", "]", "two_gathers"),
    Fault(links.edge_term, "[edge.cond, edge.equation.where", "[edge.equation.where", "cox"),
    Fault(links.total, "iverson(all_of(shared))", "S.One", "mean_of_the_others"),
    Fault(writer._power, "(Leaf(exponent), Leaf", "(Leaf", "layer_norm"),
    Fault(writer._power, "base ** (exponent - 1)", "base**exponent", "layer_norm"),
    Fault(
        writer._product,
        "Quotient(Leaf(top), Power(Leaf(bottom), S(2)))",
        "Quotient(Leaf(top), Leaf(bottom))",
        "label_smoothing",
    ),
    Fault(
        writer._product,
        "first = Quotient(show(top), Leaf(bottom))",
        "first = show(top)",
        "label_smoothing",
    ),
    Fault(writer._product, "*moving[position + 1 :]", "*moving[position:]", "gelu"),
    Fault(writer._sum, "if number == 1", "if True", "mean_of_the_others"),
]

_CLOSED = "renumber(Reduce(kind, bound, replace(cond, table), replace(body, table)))"
_CAPTURING = (
    "Reduce(kind, low := [Bound(0, k, i.axis) for k, i in enumerate(indices)],"
    " replace(cond, dict(zip(indices, low))), replace(body, dict(zip(indices, low))))"
)

BINDERS = [
    Fault(
        binders.open_fresh,
        "fresh.like(node.bound)",
        'tuple(Index("i", b.axis) for b in node.bound)',
        "contrastive",
    ),
    Fault(binders.Fresh.index, "self.count += 1", "self.count = 1", "gram"),
    Fault(binders.close, _CLOSED, _CAPTURING, "nested_same_axis"),
]

FAULTS = [*LOCAL, *SUMS, *FOLD, *FACTS, *ALGEBRA, *ACCUMULATE, *LINES, *BINDERS]
POOL = sorted({fault.model for fault in FAULTS} | {f"of_{f.__name__}" for f in DERIVATIVES})


@pytest.mark.parametrize("name", POOL[::3])
def test_without_a_fault_nothing_is_found(name):
    assert not found_by(pool(name))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_planted_fault_is_caught(fault):
    model = pool(fault.model)  # made before: a model is what it is
    with fault.planted():
        assert found_by(model)


def test_every_rule_of_the_edges_has_a_fault():
    rules = {visit, product_, reduction, wins, branches}
    assert rules <= {fault.function for fault in LOCAL}


def test_a_planted_fault_is_taken_out_again():
    (fault, *_) = LOCAL
    model = pool(fault.model)
    with fault.planted():
        assert found_by(model)
    assert not found_by(model)


def test_a_fault_that_cannot_be_planted_is_an_error():
    with (
        pytest.raises(LookupError, match="0 places"),
        Fault(local.edges, "?!", "", "cox").planted(),
    ):
        pass


def test_what_is_no_number_is_excused_only_where_a_name_of_the_model_is_none():
    model = read_model("param a\nq = exp(a)\nL = 1 / (1 + q)", "named")

    def case(a):
        written = gradient(model)
        point = with_cotangent(written, Point({}, {"a": {(): a}}))
        return case_at(model, point, Reference(written), exact=False)

    nothing = {(): math.nan}
    assert case(800).excuses(nothing, "float64")
    assert not case(80).excuses(nothing, "float64")
    assert not case(800).excuses({(): 0.5}, "float64")
    assert case(100).excuses({(): math.inf}, "float32")
    assert not case(80).excuses({(): math.inf}, "float32")
