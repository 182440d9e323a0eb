"""A claim whose indices do not fit: the clash, and the nearest relabelling that fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import permutations, product

from symderive.errors import InputError, SymderiveError
from symderive.model.claims import Claim
from symderive.model.model import Model
from symderive.notation.sym import read_claim
from symderive.verify.claims.corrections import definition
from symderive.verify.claims.verdict import Kind, Verdict

#: Relabellings that are tried, and how many of them are judged.
MOST, MOST_JUDGED = 4000, 4
_SLOTS = re.compile(r"\[([^\[\]]*)\]")
_BINDS = re.compile(r"\b[a-z]+\[([^\[\]]*)\]\(")
_LETTER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_GOOD: tuple[Kind, ...] = ("proved", "verified", "other subgradient")


def ill_typed(claim: Claim, model: Model) -> Verdict:
    """The verdict on a claim with clashes.

    ``corrected`` is a relabelling under which it holds, or else the nearest that fits.
    """
    what = "; ".join(dict.fromkeys(clash.what for clash in claim.clashes))
    fits, holds = _nearest(claim, model)
    slip = ""
    if fits is not None:
        slip = f"with other indices it fits{' and holds' if holds else ''}: {fits.text}"
    corrected = fits.text if fits is not None else definition(claim, model)
    return Verdict(claim, "ill-typed", what, slip=slip, corrected=corrected)


def _nearest(claim: Claim, model: Model) -> tuple[Claim | None, bool]:
    """The nearest claim that fits, and whether it holds."""
    from symderive.verify.claims.judge import judge

    first: Claim | None = None
    judged = 0
    summed = set(_summed(claim))
    idle = _idle_letters(claim.text)
    for text in _relabelled(claim, model):
        if _idle_letters(text) - idle:
            continue
        try:
            found = read_claim(text, model)
        except SymderiveError:
            continue
        if found.clashes or found.left == found.right:
            continue
        if text not in summed:  # a sum that nobody wrote is worth a word only if the claim holds
            first = first or found
        judged += 1
        with suppress(InputError):  # nothing may be left to judge
            if judge(found, model).kind in _GOOD:
                return found, True
        if judged >= MOST_JUDGED:
            break
    return first, False


def _relabelled(claim: Claim, model: Model) -> Iterator[str]:
    """Texts with other letters, the nearest first.

    Slots of one element in another order, letters of one element replaced; then a sum or a mean
    over what stands on one side only.
    """
    text = claim.text
    brackets = [m for m in _SLOTS.finditer(text) if _is_slots(m.group(1))]
    seen: set[str] = set()
    for new in (*_swapped(text, brackets), *_replaced(text, brackets), *_summed(claim)):
        if new not in seen and new != text and len(seen) < MOST:
            seen.add(new)
            yield new
    del model


def _idle_letters(text: str) -> set[str]:
    """The letters that a reduction binds without a use.

    >>> sorted(_idle_letters("o[t] <= max[u](v[t]) + sum[k != t](v[k])"))
    ['u']
    """
    idle = set()
    for found in _BINDS.finditer(text):
        body = text[found.end() : _closing(text, found.end())]
        used = set(_LETTER.findall(body))
        names = (_LETTER.match(part.strip()) for part in found.group(1).split(","))
        idle |= {name.group() for name in names if name and name.group() not in used}
    return idle


def _closing(text: str, start: int) -> int:
    """Where the parenthesis closes behind which ``start`` is."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return len(text)


def _is_slots(inside: str) -> bool:
    return all(_LETTER.fullmatch(part.strip()) for part in inside.split(",")) and bool(inside)


def _swapped(text: str, brackets: list[re.Match[str]]) -> Iterator[str]:
    for bracket in brackets:
        parts = [part.strip() for part in bracket.group(1).split(",")]
        for order in permutations(parts):
            if list(order) != parts:
                yield _put(text, bracket, order)


def _replaced(text: str, brackets: list[re.Match[str]]) -> Iterator[str]:
    letters = list(
        dict.fromkeys(p.strip() for bracket in brackets for p in bracket.group(1).split(","))
    )
    for bracket in brackets:
        parts = [part.strip() for part in bracket.group(1).split(",")]
        options = sorted(
            product(letters, repeat=len(parts)),
            key=lambda o: sum(a != b for a, b in zip(o, parts, strict=True)),
        )
        for option in options[: min(len(options), 200)]:
            if len(set(option)) == len(option):
                yield _put(text, bracket, option)


def _put(text: str, bracket: re.Match[str], parts: tuple[str, ...]) -> str:
    start, end = bracket.span()
    return f"{text[:start]}[{', '.join(parts)}]{text[end:]}"


def _summed(claim: Claim) -> Iterator[str]:
    """The right side summed, or averaged, over letters that the left side does not have."""
    left, mark, right = claim.text.partition("=")
    if not mark:
        return
    tail = re.search(r"\s+(if|for|with)\s", right)
    body, rest = (right[: tail.start()], right[tail.start() :]) if tail else (right, "")
    inside = {p.strip() for m in _SLOTS.finditer(left) for p in m.group(1).split(",")}
    bound = set(re.findall(r"\b(?:sum|mean|max|min|prod)\[\s*([A-Za-z]\w*)", body))
    letters = dict.fromkeys(
        p.strip() for m in _SLOTS.finditer(body) for p in m.group(1).split(",") if p.strip()
    )
    extra = [p for p in letters if p not in inside and p not in bound and _LETTER.fullmatch(p)]
    for kind in ("sum", "mean"):
        if extra:
            yield f"{left.strip()} = {kind}[{', '.join(extra)}]({body.strip()}){rest}"
