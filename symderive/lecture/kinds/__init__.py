"""The kinds of slides, one row each: the keys that it has, and what makes its frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from symderive.lecture.source import Field

if TYPE_CHECKING:
    from symderive.lecture.reading import Slide
    from symderive.lecture.workshop import Workshop
    from symderive.typeset.slides import Frame


@dataclass(frozen=True)
class Kind:
    """One kind of slide, made by ``frames`` of the module with its name."""

    name: str
    fields: tuple[Field, ...]

    def frames(self, slide: Slide, workshop: Workshop) -> Iterable[Frame]:
        """The frames of a slide of this kind."""
        module = import_module(f"{__name__}.{self.name}")
        make: Callable[[Slide, Workshop], Iterable[Frame]] = module.frames
        return make(slide, workshop)


_MODEL = Field("model")
_NEEDED = Field("model", needed=True)
_TEXT = (Field("text", "texts", default=[]), Field("bullets", "texts", default=[]))
_BEHIND = Field("remarks", "texts", default=[])

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("title", ()),
        Kind("section", (_MODEL, Field("text", "texts", default=[]))),
        Kind("text", (_MODEL, *_TEXT, Field("formulas", "texts", default=[]), _BEHIND)),
        Kind(
            "definition",
            (
                _NEEDED,
                *_TEXT,
                Field("equations", "texts", default=[]),
                Field("inputs", "flag", True),
            ),
        ),
        Kind(
            "derivation",
            (
                _NEEDED,
                Field("wrt", "texts", default=[]),
                Field("of"),
                Field("second", "flag", default=False),
                Field("cases", default="together", choices=("together", "apart", "merged")),
                Field("stabilised", "flag", default=False),
                Field("update", "flag", default=False),
                Field("only", "texts", default=[]),
                Field("definitions", "flag", default=True),
                Field("closing", "flag", default=True),
                Field("ask"),
                Field("text", "texts", default=[]),
                _BEHIND,
            ),
        ),
        Kind(
            "results",
            (
                Field("models", "texts", needed=True),
                Field("wrt", "texts", default=[]),
                Field("equations", "texts", default=[]),
                Field("head", "texts", default=["", "Definition", "Derivative"]),
                _MODEL,
                Field("text", "texts", default=[]),
                _BEHIND,
            ),
        ),
        Kind(
            "properties",
            (_NEEDED, Field("picture"), Field("plot", "table"), *_TEXT),
        ),
        Kind(
            "claims",
            (
                _MODEL,
                Field("claims", "texts", default=[]),
                Field("file"),
                Field("equations", "texts", default=[]),
                Field("text", "texts", default=[]),
                _BEHIND,
            ),
        ),
        Kind(
            "plot",
            (
                _MODEL,
                Field("picture"),
                Field("plot", "table"),
                Field("demo", choices=("regression", "classification", "cost")),
                Field("width", "share"),
                Field("caption"),
                *_TEXT,
            ),
        ),
        Kind(
            "code",
            (
                _NEEDED,
                Field("level", default="fast", choices=("fast", "readable")),
                Field("function", default="value_and_grad"),
                Field("from"),
                Field("lines", "count"),
                Field("text", "texts", default=[]),
            ),
        ),
        Kind(
            "update",
            (_NEEDED, Field("wrt", "texts", default=[]), Field("text", "texts", default=[])),
        ),
    )
}
