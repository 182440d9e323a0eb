"""What slides are made with: models, derivations, verdicts and pictures, each made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symderive.errors import InputError
from symderive.lecture.formulas import Formula, read_formula, text_latex
from symderive.lecture.models import Models
from symderive.lecture.reading import Lecture, Slide
from symderive.model import Model
from symderive.pipeline import CompileRequest, ExplainRequest, Explanation, explain
from symderive.pipeline import compile as compile_model
from symderive.typeset.slides import FRAME, LINE, TITLE_LINE

if TYPE_CHECKING:
    from symderive.verify.claims import Verdict


@dataclass(frozen=True)
class Room:
    """How wide a line and how high a frame is for one slide, in em."""

    line: float = LINE
    frame: float = FRAME

    def less(self, line: float = 0.0, frame: float = 0.0) -> Room:
        """A smaller one."""
        return replace(self, line=self.line - line, frame=self.frame - frame)


@dataclass
class Workshop:
    """Makes what the slides of one lecture show.

    ``pictures`` are files by name, ``made`` what took time: another layout of a slide needs it
    again.
    """

    lecture: Lecture
    tell: Callable[[str], None] = lambda _: None
    rooms: dict[int, Room] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    made: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.models = Models(self.lecture)

    def room(self, slide: Slide) -> Room:
        """The room on the frames of ``slide``."""
        return self.rooms.get(slide.number, Room())

    def model(self, slide: Slide, key: str = "model") -> Model:
        """The model of a slide; one without any has no names."""
        name = slide[key]
        return self.models.empty if name is None else self.models.find(name, slide.where, key)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` makes, made once."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def explain(self, slide: Slide, name: str, key: str = "model", **options: Any) -> Explanation:
        """A derivation, every line checked."""
        model = self.models.find(name, slide.where, key)
        request = ExplainRequest(model, **options)
        asked = (name, *sorted(options.items()))

        def make() -> Explanation:
            try:
                return explain(request)
            except InputError as error:
                raise slide.where.error(str(error), key) from None

        found: Explanation = self.once(("explain", asked), make)
        return found

    def source(self, slide: Slide, level: Any) -> str:
        """The source of a module."""
        model = self.model(slide)

        def make() -> str:
            return compile_model(CompileRequest(model, level)).source

        found: str = self.once(("source", slide["model"], level), make)
        return found

    def judge(self, slide: Slide, model: Model, text: str) -> Verdict:
        """The verdict on one claim."""
        from symderive.pipeline.checking import check

        def make() -> Verdict:
            try:
                (verdict,) = check(model, [text])
            except InputError as error:
                raise slide.where.error(str(error), "claims") from None
            return verdict

        found: Verdict = self.once(("judge", slide["model"], text), make)
        return found

    def formula(self, slide: Slide, text: str, key: str, model: Model | None = None) -> Formula:
        """A formula of the lecture, printed anew."""
        try:
            return read_formula(text, model or self.model(slide), slide["scalars"])
        except InputError as error:
            raise slide.where.error(str(error), key) from None

    def text(
        self, slide: Slide, text: str, key: str, model: Model | None = None
    ) -> tuple[str, float]:
        """Text of the lecture as LaTeX, and its width."""
        try:
            return text_latex(text, model or self.model(slide), slide["scalars"])
        except InputError as error:
            raise slide.where.error(str(error), key) from None

    def title(self, slide: Slide, otherwise: str = "") -> str:
        """The title of a slide; a long one makes its frame smaller."""
        if slide["title"] is None:
            return otherwise
        model = self.model(slide) if slide.values.get("model") is not None else self.models.empty
        latex, width = self.text(slide, slide["title"], "title", model)
        room = self.room(slide)
        if 1.35 * width > room.line and ("title", slide.number) not in self.made:
            self.made["title", slide.number] = True
            self.rooms[slide.number] = room.less(frame=TITLE_LINE)
        return latex


def joined(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
