"""From a request to a picture in a file, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from symderive.files import check_file, write_file
from symderive.plots.request import Kind, PlotRequest
from symderive.plots.style import need_matplotlib


def draw(request: PlotRequest) -> Path:
    """Draw a picture into ``request.path``; the same request gives the same bytes.

    Raises :class:`InputError` for what cannot be drawn, or written, and
    :class:`NotSupportedError` without matplotlib; then nothing is written.

    >>> import tempfile, symderive as sd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     draw(PlotRequest((sd.compile("relu"),), Path(folder, "relu.svg"))).name
    'relu.svg'
    """
    need_matplotlib()
    check_file(request.path)
    write_file(request.path, picture(request))
    return request.path


def picture(request: PlotRequest) -> bytes:
    """The bytes of the picture, in the form that the ending of ``request.path`` says."""
    need_matplotlib()
    from matplotlib.figure import Figure

    from symderive.plots.curves import draw_curves
    from symderive.plots.directions import draw_line, draw_plane
    from symderive.plots.inputs import check_names
    from symderive.plots.labels import check_text
    from symderive.plots.style import saved, styled

    check_names(request)
    for text in (*request.labels, request.title or ""):
        check_text(text)
    kind = kind_of(request)
    with styled():
        figure = Figure(figsize=request.inches, layout="constrained")
        if kind == "line":
            draw_line(figure, request)
        elif kind == "plane":
            draw_plane(figure, request)
        else:
            draw_curves(figure, request, kind)
        return saved(figure, request.path.suffix)


def kind_of(request: PlotRequest) -> Kind:
    """The kind of picture: the one asked for, else what suits the models."""
    from symderive.plots.shape import suitable

    if request.kind != "auto":
        return request.kind
    if request.over is not None and len(request.models) == 1:
        return "curve"
    return suitable([subject.model for subject in request.models])
