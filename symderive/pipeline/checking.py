"""Claims about a model: those that it holds, or those that a user asks about, judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from symderive.errors import InputError
from symderive.model import Claim, Model
from symderive.pipeline.models import resolve

if TYPE_CHECKING:
    from symderive.verify.claims import Verdict


def claims_of(model: Model, texts: str | Sequence[str] = ()) -> tuple[Claim, ...]:
    """The claims in ``texts`` (one, or several), or else those of ``model`` itself.

    Raises :class:`InputError` for a text that is no claim, and where there is none at all.
    """
    from symderive.notation.sym import read_claim

    asked = _texts(texts)
    found = tuple(read_claim(text, model) for text in asked) if asked else model.claims
    if not found:
        raise InputError(
            f"{model.name}: the model makes no claim; expected a line 'claim A = B' in it, or"
            " --claim 'A = B'"
        )
    return found


def _texts(texts: str | Sequence[str]) -> tuple[str, ...]:
    """One text, or several, each of them checked to be one."""
    if isinstance(texts, str):
        return (texts,)
    if not isinstance(texts, Iterable):
        raise _no_claim(texts)
    asked = tuple(texts)
    for text in asked:
        if not isinstance(text, str):
            raise _no_claim(text)
    return asked


def _no_claim(value: object) -> InputError:
    return InputError(
        f"the text of a claim was expected, such as 'A = B', not {type(value).__name__}"
    )


def check(model: Model | str, claims: str | Sequence[str] = ()) -> tuple[Verdict, ...]:
    """Judge the claims of ``model``, or those in ``claims``, one verdict each.

    A verdict holds its claim: this is what a page of claims with verdicts is made of.

    >>> [(verdict.claim.text.partition(" for ")[0], verdict.kind) for verdict in check("b3_tanh")]
    [('tanh(x) = 2*sigmoid(2*x) - 1', 'proved'),
     ('tanh(x) = (exp(2*x) - 1) / (exp(2*x) + 1)', 'proved')]
    """
    return tuple(judged(model, claims))


def judged(model: Model | str, claims: str | Sequence[str] = ()) -> Iterator[Verdict]:
    """As :func:`check`, one verdict after the other."""
    from symderive.verify.claims import judge

    chosen = resolve(model)
    for claim in claims_of(chosen, claims):
        yield judge(claim, chosen)
