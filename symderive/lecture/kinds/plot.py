"""A picture: drawn from a request, or from a file that is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from symderive.errors import InputError
from symderive.lecture import showing
from symderive.lecture.blocks import beside
from symderive.lecture.reading import Slide
from symderive.lecture.source import Field, read_table
from symderive.lecture.words import bullets, framed, words
from symderive.lecture.workshop import Workshop
from symderive.typeset.slides import Frame, Part

#: Formats that pdfLaTeX reads.
FORMATS = (".pdf", ".png", ".jpg", ".jpeg")
#: Demonstrations of the lecture, by the names that they have on the command line.
DEMOS: dict[str, Callable[[], bytes]] = {
    "regression": showing.regression,
    "classification": showing.classification,
    "cost": showing.cost,
}
#: How high words may be, in em, to stand above a picture.
ABOVE = 3.2
#: What a plot can be asked for.
PLOT = (
    Field("models", "texts", default=[]),
    Field("kind", default="auto", choices=("auto", "curve", "margin", "line", "plane")),
    Field("over"),
    Field("set", "numbers"),
    Field("sizes", "counts"),
    Field("samples", "row"),
    Field("x", "pair"),
    Field("y", "pair"),
    Field("seed", "count"),
    Field("derivative", "flag"),
    Field("beside", "flag"),
    Field("labels", "texts"),
    Field("title"),
    Field("inches", "pair"),
)


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The picture, few words above it or more beside it, a caption below."""
    name = picture(slide, workshop)
    title = workshop.title(slide)
    room = workshop.room(slide)
    said = [*words(slide, workshop), *bullets(slide, workshop)]
    caption = []
    if slide["caption"] is not None:
        latex, _ = workshop.text(slide, slide["caption"], "caption")
        caption.append(Part(rf"\begin{{center}}\footnotesize {latex}\end{{center}}", 2.2))
    height = room.frame - 1.5 - sum(part.height for part in caption)
    above = sum(part.height for part in said)
    if above <= ABOVE and not slide["bullets"]:
        shown = graphic(name, slide["width"] or 0.86, height - above - 0.7)
        return framed(slide, workshop, title, [*said, replace(shown, steps=0), *caption])
    share = slide["width"] or 0.62
    side = beside(said, [graphic(name, 1.0, height)], 1.0 - share - 0.02)
    return framed(slide, workshop, title, [side, *caption])


def graphic(name: str, share: float, height: float) -> Part:
    """A picture that is as wide as ``share`` of the line, or ``height`` em high."""
    size = rf"width={share:.2f}\linewidth,height={height - 1.6:.1f}em,keepaspectratio"
    latex = rf"\begin{{center}}\includegraphics[{size}]{{{name}}}\end{{center}}"
    return Part(latex, height)


def picture(slide: Slide, workshop: Workshop) -> str:
    """The name of the slide's picture, which the workshop keeps."""
    given = [key for key in ("picture", "plot", "demo") if slide.values.get(key) is not None]
    if len(given) != 1:
        raise slide.where.error(
            f"{' and '.join(given) or 'nothing'} says what is shown; expected one of picture, plot,"
            " demo"
        )
    if given == ["plot"]:
        return drawn(slide, workshop)
    if given == ["demo"]:
        name = slide["demo"]
        workshop.tell(f"demonstration: {name}")
        return _kept(slide, workshop, ".pdf", workshop.once(("demo", name), DEMOS[name]))
    path = Path(workshop.lecture.where.source.folder, slide["picture"])
    if path.suffix.lower() not in FORMATS:
        raise slide.where.error(
            f"{path.name} is of no format that LaTeX reads; expected one of {', '.join(FORMATS)}",
            "picture",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise slide.where.error(
            f"cannot read {path}: {error.strerror or error}", "picture"
        ) from None
    return _kept(slide, workshop, path.suffix.lower(), content)


def drawn(slide: Slide, workshop: Workshop) -> str:
    """The picture that a plot request makes."""
    where = slide.where.inner("plot")
    values = read_table(where, slide["plot"], PLOT)
    names = values.pop("models") or ([slide["model"]] if slide["model"] is not None else [])
    if not names:
        raise where.error("nothing says what is drawn; expected models = ['sigmoid']", "models")
    models = [workshop.models.find(name, where, "models") for name in names]
    workshop.tell(f"picture of {', '.join(names)}")

    def make() -> bytes:
        from symderive.pipeline import CompileRequest
        from symderive.pipeline import compile as compile_model
        from symderive.plots import PlotRequest, picture

        try:
            subjects = tuple(compile_model(CompileRequest(model)) for model in models)
            return picture(PlotRequest(subjects, Path("plot.pdf"), **_asked(values)))
        except InputError as error:
            raise slide.where.error(str(error), "plot") from None

    content = workshop.once(("plot", slide.number), make)
    return _kept(slide, workshop, ".pdf", content)


def _asked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a plot request, as it takes them."""
    asked = {key: value for key, value in values.items() if value is not None}
    for key in ("x", "y", "inches", "samples", "labels"):
        if key in asked:
            asked[key] = tuple(asked[key])
    if "set" in asked:
        asked["settings"] = {name: _rows(value) for name, value in asked.pop("set").items()}
    return asked


def _rows(value: Any) -> tuple[tuple[float, ...], ...]:
    """Numbers in rows: of a scalar, its values; of an array, its rows."""
    if not isinstance(value, list):
        value = [value]
    if not all(isinstance(row, list) for row in value):
        value = [value]
    return tuple(tuple(map(float, row)) for row in value)


def _kept(slide: Slide, workshop: Workshop, suffix: str, content: bytes) -> str:
    name = f"slide{slide.number:02d}{suffix}"
    workshop.pictures[name] = content
    return name
