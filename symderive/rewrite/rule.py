"""Rules as data: one identity a row, applied bottom-up until none applies, every step logged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sympy import S
from sympy.core.basic import Basic
from sympy.core.expr import Expr

from symderive.errors import CheckError
from symderive.expr import (
    FALSE,
    Element,
    Fresh,
    Index,
    Reduce,
    children,
    close,
    open_fresh,
    with_children,
)

#: Words, mixed with expressions that print as mathematics.
Reason: TypeAlias = tuple[str | Basic, ...]
#: What a table of rules may ask about a model while it matches.
Known = TypeVar("Known")

#: Steps within one equation before a table is taken to run in circles.
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Rule(Generic[Known]):
    """An identity that is used from left to right, wherever a node matches.

    ``match(node, known)`` gives the replacement of one node whose class is among ``heads``, or
    None where the rule does not apply. Below a reduction the bound indices have fresh letters.
    ``identity`` and ``condition`` say what holds, and when; ``reason`` says it to a student.
    Where no class of ``needs`` occurs at all, the rule need not be tried.
    """

    name: str
    identity: str
    reason: Reason
    heads: tuple[type, ...]
    match: Callable[[Any, Known], Expr | None]
    condition: str = ""
    needs: frozenset[type] = frozenset()

    def __str__(self) -> str:
        return f"{self.identity}, if {self.condition}" if self.condition else self.identity


@dataclass(frozen=True)
class Rewrite:
    """A logged step: ``rule`` turned one whole right side of ``equation`` into an equal one."""

    rule: str
    equation: str
    before: Expr
    after: Expr
    reason: Reason

    def __str__(self) -> str:
        words = "".join(map(str, self.reason))
        return f"{self.equation}: {self.before} = {self.after}  ({words})"


class Rewriter(Generic[Known]):
    """Applies tables of rules to expressions; what it remembers belongs to one call.

    A node that a rule has seen is not shown to it again: the cost of a step is what it changed.

    >>> from sympy import log
    >>> from symderive.expr import Exp, Tensor
    >>> undo = Rule(
    ...     "log of exp", "log(exp(u)) = u", ("logarithm undone",), (log,),
    ...     lambda node, known: node.args[0].args[0] if isinstance(node.args[0], Exp) else None,
    ... )
    >>> t = Tensor("t")()
    >>> result, steps = Rewriter(None).settle("y", log(Exp(log(Exp(t)))), lambda expr: [undo])
    >>> result, len(steps)
    (t, 1)
    """

    def __init__(self, known: Known, fresh: Fresh | None = None) -> None:
        self.known = known
        self.fresh = fresh or Fresh()
        self._swept: dict[int, tuple[Rule[Known], dict[int, tuple[Basic, Basic]]]] = {}
        self._matched: dict[int, tuple[Rule[Known], dict[int, tuple[Basic, Expr | None]]]] = {}
        self._nodes: dict[int, tuple[Basic, dict[type, list[Basic]]]] = {}
        self._opened: dict[int, tuple[Reduce, tuple[Index, ...], Basic, Expr]] = {}

    def settle(
        self, equation: str, expr: Expr, table: Callable[[Expr], Iterable[Rule[Known]]]
    ) -> tuple[Expr, tuple[Rewrite, ...]]:
        """``expr`` with no rule of ``table(expr)`` left to apply, and the steps that led there.

        In each step the first rule that matches anywhere is applied wherever it matches.
        """
        steps: list[Rewrite] = []
        while len(steps) < _MOST_STEPS:
            for rule in table(expr):
                after = self.sweep(rule, expr)
                if after != expr:
                    steps.append(Rewrite(rule.name, equation, expr, after, rule.reason))
                    expr = after
                    break
            else:
                return expr, tuple(steps)
        raise CheckError(f"rewriting {equation} does not come to an end: {steps[-1].rule}")

    def sweep(self, rule: Rule[Known], root: Expr) -> Expr:
        """``root`` with ``rule`` applied once to every node, from the leaves upward."""
        if not self._applies(rule, root):
            return root
        memo = self._swept.setdefault(id(rule), (rule, {}))[1]
        stack: list[Basic] = [root]
        while stack:
            node = stack[-1]
            if id(node) in memo:
                stack.pop()
                continue
            parts = self._parts(node)
            missing = [part for part in parts if id(part) not in memo]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            rebuilt = self._rebuilt(node, tuple(memo[id(part)][1] for part in parts))
            if isinstance(rebuilt, rule.heads):
                replaced = self._match(rule, rebuilt)
                rebuilt = rebuilt if replaced is None else replaced
            memo[id(node)] = (node, rebuilt)
        swept: Expr = memo[id(root)][1]
        return swept

    def _applies(self, rule: Rule[Known], root: Expr) -> bool:
        """Whether ``rule`` matches any node as it stands: most rules match none."""
        seen = self._matched.setdefault(id(rule), (rule, {}))[1]
        for kind, nodes in self._by_class(root).items():
            if issubclass(kind, rule.heads):
                for node in nodes:
                    found = seen.get(id(node))
                    if (self._match(rule, node) if found is None else found[1]) is not None:
                        return True
        return False

    def _match(self, rule: Rule[Known], node: Basic) -> Expr | None:
        seen = self._matched.setdefault(id(rule), (rule, {}))[1]
        if id(node) not in seen:
            seen[id(node)] = (node, rule.match(node, self.known))
        return seen[id(node)][1]

    def _by_class(self, root: Basic) -> dict[type, list[Basic]]:
        """The nodes below ``root``, reductions opened, by their classes."""
        if id(root) not in self._nodes:
            found: dict[type, list[Basic]] = {}
            seen = {id(root)}
            stack = [root]
            while stack:
                node = stack.pop()
                found.setdefault(type(node), []).append(node)
                for part in self._parts(node):
                    if id(part) not in seen:
                        seen.add(id(part))
                        stack.append(part)
            self._nodes[id(root)] = (root, found)
        return self._nodes[id(root)][1]

    def _parts(self, node: Basic) -> tuple[Basic, ...]:
        if isinstance(node, Element):
            return ()
        if not isinstance(node, Reduce):
            return children(node)
        if id(node) not in self._opened:
            self._opened[id(node)] = (node, *open_fresh(node, self.fresh))
        return self._opened[id(node)][2:]

    def _rebuilt(self, node: Basic, parts: tuple[Basic, ...]) -> Basic:
        if isinstance(node, Element):
            return node
        if not isinstance(node, Reduce):
            return with_children(node, parts)
        _, letters, cond, body = self._opened[id(node)]
        if parts[0] is cond and parts[1] is body:
            return node
        if node.kind == "sum" and (parts[0] == FALSE or parts[1] == S.Zero):
            return S.Zero
        return close(node.kind, letters, parts[1], parts[0])
