"""How functions, operators and letters are spelled, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Abs, cos, erf, log, sign, sin, tanh

from symderive.expr import (
    Erfc,
    Exp,
    Expm1,
    Log1p,
    Log2,
    MaxOf,
    MinOf,
    Sigmoid,
    Softplus,
    Where,
    Xdivy,
    Xlogy,
)


@dataclass(frozen=True)
class CallSpelling:
    """A function: its LaTeX, its text; ``bare`` ones stand before a simple argument as they are.

    ``power`` is whether a power of it is written on the function: ``tanh^2 x``.
    """

    latex: str
    text: str
    bare: bool = False
    power: bool = False


CALLS: dict[str, CallSpelling] = {
    "exp": CallSpelling(r"\exp", "exp"),
    "log": CallSpelling(r"\log", "log", bare=True),
    "log2": CallSpelling(r"\log_2", "log₂", bare=True),
    "tanh": CallSpelling(r"\tanh", "tanh", power=True),
    "sin": CallSpelling(r"\sin", "sin", power=True),
    "cos": CallSpelling(r"\cos", "cos", power=True),
    "erf": CallSpelling(r"\operatorname{erf}", "erf"),
    "erfc": CallSpelling(r"\operatorname{erfc}", "erfc"),
    "sign": CallSpelling(r"\operatorname{sign}", "sign"),
    "sigmoid": CallSpelling(r"\sigma", "σ"),
    "softplus": CallSpelling(r"\operatorname{softplus}", "softplus"),
    "max": CallSpelling(r"\max", "max"),
    "min": CallSpelling(r"\min", "min"),
}

#: What a function is called if the model has its usual sign as a name of its own.
OTHERWISE: dict[str, CallSpelling] = {
    "sigmoid": CallSpelling(r"\operatorname{sigmoid}", "sigmoid"),
}

#: Functions whose print is a call, with their row in CALLS; the others have a form of their own.
FUNCTIONS: dict[type, str] = {
    log: "log",
    Log2: "log2",
    tanh: "tanh",
    sin: "sin",
    cos: "cos",
    erf: "erf",
    Erfc: "erfc",
    sign: "sign",
    Sigmoid: "sigmoid",
    Softplus: "softplus",
    MaxOf: "max",
    MinOf: "min",
}

#: Every function with the word that the language has for it, where it has one.
WORDS: dict[type, str] = {
    Exp: "exp",
    log: "log",
    Log2: "log2",
    Abs: "abs",
    sign: "sign",
    sin: "sin",
    cos: "cos",
    tanh: "tanh",
    erf: "erf",
    Erfc: "erfc",
    Sigmoid: "sigmoid",
    Softplus: "softplus",
    MaxOf: "max",
    MinOf: "min",
    Where: "where",
}

#: Functions without a word in the language: what they mean, in words that it has. Arguments are
#: x and y where parentheses or commas are around them already, X and Y where they need their own.
MEANINGS: dict[type, str] = {
    Expm1: "(exp({x}) - 1)",
    Log1p: "log(1 + {X})",
    Xlogy: "{X} * log({y})",
    Xdivy: "where({x} == 0, 0, {X} / {Y})",
}


@dataclass(frozen=True)
class BigSpelling:
    """A reduction: its LaTeX, its text."""

    latex: str
    text: str


BIGS: dict[str, BigSpelling] = {
    "sum": BigSpelling(r"\sum", "Σ"),
    "prod": BigSpelling(r"\prod", "Π"),
    "max": BigSpelling(r"\max", "max"),
    "min": BigSpelling(r"\min", "min"),
    "argmax": BigSpelling(r"\arg\max", "argmax"),
    "argmin": BigSpelling(r"\arg\min", "argmin"),
    "lim": BigSpelling(r"\lim", "lim"),
}

#: A comparison: its LaTeX, its text.
RELATIONS: dict[str, tuple[str, str]] = {
    "==": ("=", "="),
    "!=": (r"\neq", "≠"),
    "<": ("<", "<"),
    "<=": (r"\leq", "≤"),
    ">": (">", ">"),
    ">=": (r"\geq", "≥"),
    "in": (r"\in", "∈"),
    "<-": (r"\leftarrow", "←"),
    "->": (r"\to", "→"),
    "~": (r"\approx", "≈"),
}

#: How conditions are joined: LaTeX, text.
JUNCTIONS: dict[str, tuple[str, str]] = {"and": (r"\wedge", "∧"), "or": (r"\vee", "∨")}

#: Names of Greek letters with their text; those that look Latin are left out.
GREEK: dict[str, str] = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}

#: Endings of a name that print as an accent: LaTeX, combining character.
ACCENTS: dict[str, tuple[str, str]] = {
    "hat": (r"\hat", "\N{COMBINING CIRCUMFLEX ACCENT}"),
    "bar": (r"\bar", "\N{COMBINING MACRON}"),
    "tilde": (r"\tilde", "\N{COMBINING TILDE}"),
}
