"""A picture: drawn from a request, or from a file that is there."""

from __future__ import annotations

from pathlib import Path

from symderive.lecture.blocks import beside
from symderive.lecture.reading import Slide
from symderive.lecture.words import bullets, framed, words
from symderive.lecture.workshop import Workshop
from symderive.typeset.slides import Frame, Part

#: Formats that pdfLaTeX reads.
FORMATS = (".pdf", ".png", ".jpg", ".jpeg")
#: A point in em, and the least of a line that words beside a picture take.
POINT, WORDS = 1 / 10.95, 0.36


def frames(slide: Slide, workshop: Workshop) -> list[Frame]:
    """The picture, words beside it, a caption below."""
    name = picture(slide, workshop)
    title = workshop.title(slide)
    room = workshop.room(slide)
    said = [*words(slide, workshop), *bullets(slide, workshop)]
    share = slide["width"] or (0.62 if said else 0.86)
    caption = []
    if slide["caption"] is not None:
        latex, _ = workshop.text(slide, slide["caption"], "caption")
        caption.append(Part(rf"\begin{{center}}\footnotesize {latex}\end{{center}}", 2.2))
    height = room.frame - 1.5 - sum(part.height for part in caption)
    if not said:
        return framed(slide, workshop, title, [graphic(name, share, height), *caption])
    side = beside(said, [graphic(name, 1.0, height)], 1.0 - share - 0.02)
    return framed(slide, workshop, title, [side, *caption])


def graphic(name: str, share: float, height: float) -> Part:
    """A picture that is as wide as ``share`` of the line, or ``height`` em high."""
    size = rf"width={share:.2f}\linewidth,height={height - 1.6:.1f}em,keepaspectratio"
    latex = rf"\begin{{center}}\includegraphics[{size}]{{{name}}}\end{{center}}"
    return Part(latex, height)


def picture(slide: Slide, workshop: Workshop) -> str:
    """The name of the slide's picture, which the workshop keeps."""
    given = [key for key in ("picture", "plot") if slide[key] is not None]
    if len(given) != 1:
        raise slide.where.error(
            f"{' and '.join(given) or 'nothing'} says what is shown; expected one of picture, plot"
        )
    if given == ["plot"]:
        return drawn(slide, workshop)
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
    raise slide.where.error("plots are not connected yet", "plot")


def _kept(slide: Slide, workshop: Workshop, suffix: str, content: bytes) -> str:
    name = f"slide{slide.number:02d}{suffix}"
    workshop.pictures[name] = content
    return name
