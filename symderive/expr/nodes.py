"""The nodes of index notation, as SymPy expressions: indices, elements, brackets, reductions.

Everything here is inert: a node never rewrites itself. Construction with simplification lives
in :mod:`symderive.expr.conditions` and :mod:`symderive.rewrite`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from mpmath import mp, mpc, mpf, workprec
from mpmath.libmp import prec_to_dps
from sympy import Abs, Float, N, S, log, sympify
from sympy.core.assumptions import _assume_defined, as_property
from sympy.core.basic import Basic
from sympy.core.containers import Tuple
from sympy.core.expr import AtomicExpr, Expr
from sympy.core.function import Function
from sympy.core.symbol import Str

TRUE = S.true
FALSE = S.false

#: Reduction kinds. ``lse`` is log-sum-exp; ``argmax``/``argmin`` are integer valued.
KINDS = ("sum", "prod", "max", "min", "lse", "argmax", "argmin")
#: Bits beyond those that are asked for, in which the functions have their values.
_MORE_BITS = 10
#: Comparison operators in their text form.
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


def _sort_key(node: Any) -> Any:
    """SymPy's key for a named leaf: without it, SymPy would order leaves by their hash."""
    return node.class_key(), (1, (node.name,)), S.One.sort_key(), S.One


class Axis(Basic):
    """A direction of an array, with a symbolic size; two axes are equal if their names are."""

    name: str

    def __new__(cls, name: str) -> Axis:
        axis: Axis = Basic.__new__(cls)
        axis.name = name
        return axis

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name,)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return (Axis, (self.name,))

    def sort_key(self, order: Any = None) -> Any:  # noqa: ARG002 - SymPy passes it
        return _sort_key(self)

    _sympystr = _sympyrepr = lambda self, printer: self.name


_Node = TypeVar("_Node", bound=Basic)


def _of_kind(node: _Node, kind: object) -> _Node:
    """``node``, with what SymPy finds out about all nodes of its ``kind`` found out once.

    SymPy asks each new object anew whether it is positive, even, algebraic, ..
    """
    known = _FACTS.get(kind)
    if known is None:
        for fact in _assume_defined:
            getattr(node, as_property(fact))
        _FACTS[kind] = node._assumptions  # noqa: SLF001 - where SymPy keeps them
    else:
        node._assumptions = known  # noqa: SLF001 - as above
    return node


_FACTS: dict[object, Any] = {}


class _IntegerAtom(AtomicExpr):
    """An integer-valued atom that stands for a position on an axis."""

    is_commutative = True
    is_integer = True
    is_symbol = False
    axis: Axis


class Index(_IntegerAtom):
    """A free index with a letter, on an axis: the ``i`` of ``s[i, j]``.

    >>> from symderive.expr import Axis, Index
    >>> Index("i", Axis("N")) == Index("i", Axis("N"))
    True
    """

    name: str

    def __new__(cls, name: str, axis: Axis) -> Index:
        node: Index = AtomicExpr.__new__(cls)
        node.name, node.axis = name, axis
        return _of_kind(node, Index)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.axis.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Index, (self.name, self.axis))

    _sympystr = _sympyrepr = lambda self, printer: self.name


class Bound(_IntegerAtom):
    """A bound index of a closed reduction, numbered by the height of its binder.

    Every binder below has a smaller height, so equal reductions are equal as expressions
    whatever letters they were written with, and nothing can be captured.
    """

    height: int
    slot: int

    def __new__(cls, height: int, slot: int, axis: Axis) -> Bound:
        node: Bound = AtomicExpr.__new__(cls)
        node.height, node.slot, node.axis = height, slot, axis
        return _of_kind(node, Bound)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.height, self.slot, self.axis.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Bound, (self.height, self.slot, self.axis))

    _sympystr = _sympyrepr = lambda self, printer: f"_{self.height}_{self.slot}"


class Size(AtomicExpr):
    """The number of positions on an axis, a positive integer: the ``N`` of ``1/N``."""

    is_commutative = True
    is_integer = True
    is_positive = True
    is_symbol = False
    axis: Axis

    def __new__(cls, axis: Axis) -> Size:
        node: Size = AtomicExpr.__new__(cls)
        node.axis = axis
        return _of_kind(node, Size)

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.axis.name,)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Size, (self.axis,))

    _sympystr = _sympyrepr = lambda self, printer: self.axis.name


class Tensor(Basic):
    """The name of an array with its axes; ``label_of`` is the axis an integer array points into.

    >>> from symderive.expr import Axis, Index, Tensor
    >>> N, C = Axis("N"), Axis("C")
    >>> i, y = Index("i", N), Tensor("y", (N,), label_of=C)
    >>> Tensor("s", (N, C))[i, y[i]]
    s[i, y[i]]
    """

    name: str
    axes: tuple[Axis, ...]
    label_of: Axis | None

    def __new__(cls, name: str, axes: Iterable[Axis] = (), label_of: Axis | None = None) -> Tensor:
        node: Tensor = Basic.__new__(cls)
        node.name, node.axes, node.label_of = name, tuple(axes), label_of
        return node

    def _hashable_content(self) -> tuple[Any, ...]:
        axes = ",".join(axis.name for axis in self.axes)
        return (self.name, axes, self.label_of.name if self.label_of is not None else "")

    def __reduce__(self) -> tuple[Any, ...]:
        return (Tensor, (self.name, self.axes, self.label_of))

    def __getitem__(self, slots: Any) -> Element:
        return Element(self, *(slots if isinstance(slots, tuple | Tuple) else (slots,)))

    def __call__(self) -> Element:
        """The element of a scalar, which has no slots."""
        return Element(self)

    def __repr__(self) -> str:
        return self.name

    def sort_key(self, order: Any = None) -> Any:  # noqa: ARG002 - SymPy passes it
        return _sort_key(self)

    _sympystr = _sympyrepr = lambda self, printer: self.name


class Element(Expr):
    """One entry of an array; each slot is an index, or an integer element (a gather)."""

    is_commutative = True
    is_number = False

    def __new__(cls, tensor: Tensor, *slots: Expr) -> Element:
        element: Element = Expr.__new__(cls, tensor, *slots)
        return _of_kind(element, (Element, tensor.label_of is None))

    @property
    def tensor(self) -> Tensor:
        tensor: Tensor = self.args[0]
        return tensor

    @property
    def slots(self) -> tuple[Expr, ...]:
        return tuple(self.args[1:])

    @property
    def axis(self) -> Axis | None:
        """For a label: the axis it points into."""
        return self.tensor.label_of

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_is_integer(self) -> bool | None:
        return True if self.tensor.label_of is not None else None

    def _sympystr(self, printer: Any) -> str:
        if not self.slots:
            return self.tensor.name
        return f"{self.tensor.name}[{', '.join(printer._print(slot) for slot in self.slots)}]"

    _sympyrepr = _sympystr


class Compare(Basic):
    """A comparison ``lhs op rhs`` of two indices, two labels, or two reals; never evaluated."""

    def __new__(cls, op: Str | str, lhs: Expr, rhs: Expr) -> Compare:
        node: Compare = Basic.__new__(cls, op if isinstance(op, Str) else Str(op), lhs, rhs)
        return node

    @property
    def op(self) -> str:
        return str(self.args[0].name)

    @property
    def lhs(self) -> Expr:
        return self.args[1]

    @property
    def rhs(self) -> Expr:
        return self.args[2]

    def _sympystr(self, printer: Any) -> str:
        return f"{printer._print(self.lhs)} {self.op} {printer._print(self.rhs)}"

    _sympyrepr = _sympystr


class AllOf(Basic):
    """Conjunction of conditions, in our order, without repetition."""

    def _sympystr(self, printer: Any) -> str:
        return " and ".join(_inner(arg, printer) for arg in self.args)

    _sympyrepr = _sympystr


class AnyOf(Basic):
    """Disjunction of conditions, in our order, without repetition."""

    def _sympystr(self, printer: Any) -> str:
        return " or ".join(_inner(arg, printer) for arg in self.args)

    _sympyrepr = _sympystr


def _inner(cond: Basic, printer: Any) -> str:
    text = printer._print(cond)
    return f"({text})" if isinstance(cond, AllOf | AnyOf) else str(text)


class Iverson(Expr):
    """The Iverson bracket: 1 where the condition holds, and a strong 0 elsewhere."""

    is_commutative = True
    is_number = False
    is_integer = True
    is_nonnegative = True

    def __new__(cls, cond: Basic) -> Iverson:
        node: Iverson = Expr.__new__(cls, cond)
        return _of_kind(node, Iverson)

    @property
    def cond(self) -> Basic:
        return self.args[0]

    def _eval_power(self, exponent: Expr) -> Iverson | None:
        return self if exponent.is_positive else None

    def _sympystr(self, printer: Any) -> str:
        return f"[{printer._print(self.cond)}]"

    _sympyrepr = _sympystr


class Reduce(Expr):
    """A reduction over bound indices, closed: ``kind[bound if cond](body)``.

    Build it with :func:`symderive.expr.binders.close`, which numbers the bound indices.
    """

    is_commutative = True
    is_number = False

    def __new__(cls, kind: Str | str, bound: Iterable[Expr], cond: Basic, body: Expr) -> Reduce:
        kind = kind if isinstance(kind, Str) else Str(kind)
        node: Reduce = Expr.__new__(cls, kind, Tuple(*bound), cond, body)
        return node

    @property
    def kind(self) -> str:
        return str(self.args[0].name)

    @property
    def bound(self) -> tuple[Bound, ...]:
        return tuple(self.args[1])

    @property
    def cond(self) -> Basic:
        return self.args[2]

    @property
    def body(self) -> Expr:
        return self.args[3]

    @property
    def axis(self) -> Axis | None:
        """For ``argmax`` and ``argmin``: the axis they point into."""
        return self.bound[0].axis if self.kind in ("argmax", "argmin") else None

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_is_integer(self) -> bool | None:
        return True if self.axis is not None else None

    def _sympystr(self, printer: Any) -> str:
        letters = ", ".join(printer._print(index) for index in self.args[1])
        guard = "" if self.cond == TRUE else f" if {printer._print(self.cond)}"
        return f"{self.kind}[{letters}{guard}]({printer._print(self.body)})"

    _sympyrepr = _sympystr


class NamedReduce(Reduce):
    """A reduction as a person writes it, over lettered indices; a model closes it on entry.

    Kinds are those of :class:`Reduce`, and ``mean``.
    """


class _Variadic(Expr):
    """A node whose arguments may be given as Python numbers, and keep their order."""

    is_commutative = True
    is_number = False

    def __new__(cls, *args: Any) -> Any:
        return Expr.__new__(cls, *(sympify(arg, strict=True) for arg in args))

    def _eval_is_extended_real(self) -> bool:
        return True


class MaxOf(_Variadic):
    """Elementwise maximum, in the order written: a tie goes to a number, else to the first."""

    def _sympystr(self, printer: Any) -> str:
        return f"max({', '.join(printer._print(arg) for arg in self.args)})"

    _sympyrepr = _sympystr


class MinOf(_Variadic):
    """Elementwise minimum, in the order written: a tie goes to a number, else to the first."""

    def _sympystr(self, printer: Any) -> str:
        return f"min({', '.join(printer._print(arg) for arg in self.args)})"

    _sympyrepr = _sympystr


class Where(_Variadic):
    """``where(cond, a, b)``: the branch not taken does not count, even where it is nan."""

    @property
    def cond(self) -> Basic:
        return self.args[0]

    def _sympystr(self, printer: Any) -> str:
        return f"where({', '.join(printer._print(arg) for arg in self.args)})"

    _sympyrepr = _sympystr


class _RealFunction(Function):
    """A real function of one real argument that SymPy does not rewrite behind our back.

    Of a number it has a value, though it stays as written: ``Exp(1) < 3`` is true.
    """

    nargs = 1
    is_commutative = True

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_evalf(self, prec: int) -> Expr | None:
        x = N(self.args[0], prec_to_dps(prec + _MORE_BITS))
        if not x.is_Float:
            return None
        with workprec(prec + _MORE_BITS):
            value = _VALUES[type(self)](mp.convert(x))
        return None if isinstance(value, mpc) else Float(value, precision=prec)


class Exp(_RealFunction):
    """``e**x``; unlike SymPy's, ``Exp(a) * Exp(b)`` stays as written."""

    is_positive = True

    @classmethod
    def eval(cls, arg: Expr) -> Expr | None:
        return S.One if arg is S.Zero else None


class Sigmoid(_RealFunction):
    """``1 / (1 + e**-x)`` as a function of its own."""

    is_positive = True


class Softplus(_RealFunction):
    """``log(1 + e**x)`` as a function of its own."""

    is_positive = True


class Log2(_RealFunction):
    """The logarithm to base 2."""


class Expm1(_RealFunction):
    """``e**x - 1`` without cancellation near 0."""


class Log1p(_RealFunction):
    """``log(1 + x)`` without cancellation near 0."""


class Erfc(_RealFunction):
    """``1 - erf(x)`` without cancellation where x is large, whatever its sign."""


def _softplus(x: mpf) -> mpf:
    return mp.log1p(mp.exp(-abs(x))) + max(x, 0)


#: What the functions are of a number, in the precision of mpmath at the time.
_VALUES: dict[type, Callable[[mpf], mpf]] = {
    Exp: mp.exp,
    Sigmoid: lambda x: 1 / (1 + mp.exp(-x)),
    Softplus: _softplus,
    Log2: lambda x: mp.log(x) / mp.log(2),
    Expm1: mp.expm1,
    Log1p: mp.log1p,
    Erfc: mp.erfc,
}


class Xlogy(Function):
    """``x * log(y)``, which is 0 where x is 0, whatever y."""

    nargs = 2
    is_commutative = True

    def _eval_is_extended_real(self) -> bool:
        return True

    def _eval_Abs(self) -> Expr | None:
        """``abs`` goes to x alone where the sign of ``log(y)`` is known, as in a product."""
        x, y = self.args
        sign = Abs(log(y)) / log(y)
        return sign * Xlogy(Abs(x), y) if sign in (S.One, S.NegativeOne) else None


class Xdivy(Function):
    """``x / y``, which is 0 where x is 0, whatever y: the derivative of :class:`Xlogy` by y."""

    nargs = 2
    is_commutative = True

    def _eval_is_extended_real(self) -> bool:
        return True
