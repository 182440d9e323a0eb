"""The one door: a derivation and the name of a target in, text out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from symderive.derive.derivation import Derivation
from symderive.errors import InputError
from symderive.typeset import json, latex, terminal
from symderive.typeset.outline import LEVELS, Outline, outline

#: What derivations can be set as, one row each.
TARGETS: dict[str, Callable[[Sequence[Outline]], str]] = {
    "terminal": terminal.terminal,
    "latex": latex.fragment,
    "document": latex.document,
    "beamer": latex.beamer,
    "markdown": latex.markdown,
    "json": json.as_json,
}


def typeset(
    derivations: Derivation | Iterable[Derivation],
    to: str = "latex",
    detail: str = "slide",
    sample_index: str = "hide",
) -> str:
    """``derivations`` as text.

    ``to`` is ``latex`` (a fragment that needs amsmath and amssymb), ``document``, ``beamer``,
    ``markdown``, ``terminal`` or ``json``; ``detail`` is ``result``, ``slide`` or ``full``;
    ``sample_index`` is ``hide`` (the indices that the model hides) or ``show``.

    Raises :class:`InputError` for any other word.

    >>> from symderive.catalog import softmax_nll
    >>> from symderive.derive import derive
    >>> print(typeset(derive(softmax_nll()), to="terminal", detail="result"))
    ∂L_i/∂w_jk = (p_j - 𝕀(j = y_i)) x_ik
    """
    for what, given, known in (
        ("target", to, tuple(TARGETS)),
        ("detail", detail, LEVELS),
        ("sample index", sample_index, ("hide", "show")),
    ):
        if given not in known:
            raise InputError(f"{what} {given!r} is unknown; expected one of {', '.join(known)}")
    found = [derivations] if isinstance(derivations, Derivation) else list(derivations)
    if not found:
        raise InputError("there is no derivation to typeset; expected at least one")
    outlines = [outline(one, detail=detail, sample_index=sample_index) for one in found]
    return TARGETS[to](outlines)
