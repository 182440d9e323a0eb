"""Pictures: the same bytes every time, marks where they belong, one message for what fails."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from symderive import catalog, plots
from symderive.errors import InputError, NotSupportedError
from symderive.plots import PlotRequest, draw, picture, style
from symderive.plots.curves import curves_of
from symderive.plots.directions import line_curves
from symderive.plots.draw import kind_of
from symderive.plots.labels import Labels, mathtext
from symderive.plots.panels import draw_panel, span
from symderive.plots.shape import suitable
from symderive.plots.switches import Branches

HEAD = {".pdf": b"%PDF-", ".svg": b"<?xml", ".png": b"\x89PNG"}


@pytest.mark.parametrize("suffix", plots.SUFFIXES)
@pytest.mark.parametrize("models", [("relu",), ("margin_hinge", "margin_zero_one")])
def test_the_same_request_gives_the_same_bytes(request_of, suffix, models):
    first, second = (picture(request_of(*models, path=f"a{suffix}")) for _ in range(2))
    assert first == second
    assert first.startswith(HEAD[suffix])
    assert b"Date" not in first
    assert b"atplotlib v" not in first


def test_another_process_gives_the_same_bytes(request_of, tmp_path):
    code = (
        "import symderive as sd, sys; from pathlib import Path\n"
        "from symderive.plots import PlotRequest, draw\n"
        "draw(PlotRequest((sd.compile('hinge'),), Path(sys.argv[1])))\n"
    )
    path = tmp_path / "other.svg"
    environment = os.environ | {"PYTHONHASHSEED": "7", "MPLBACKEND": "svg"}
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
    assert path.read_bytes() == picture(request_of("hinge"))


def test_the_users_settings_neither_matter_nor_change(request_of):
    before = picture(request_of("tanh"))
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 3, "text.usetex": True}):
        assert picture(request_of("tanh")) == before
        assert mpl.rcParams["lines.linewidth"] == 9


@pytest.mark.untraced
@pytest.mark.parametrize(
    ("models", "options"),
    [
        (("gelu",), {}),
        (("celu",), {"derivative": False, "title": ""}),
        (("power_error",), {"settings": {"q": ((0.5, 2.0),)}, "beside": True}),
        (("elu",), {"settings": {"alpha": ((0.5, 2.0),)}, "beside": True, "derivative": True}),
        (("softmax_beta",), {"over": "beta", "settings": {"s": ((1.0, 1.1),)}}),
        (("cross_entropy",), {}),
        (("margin_ranking",), {}),
        (("network",), {"samples": (1, 9), "derivative": True}),
        (("softmax_nll",), {"kind": "plane", "samples": (1, 20)}),
        (("zero_one_multiclass",), {}),
        (("triplet_margin",), {"labels": ("a loss",)}),
        (("huber",), {"kind": "plane", "samples": (3,)}),
        (("kl_divergence_of_softmax",), {}),
    ],
)
def test_all_kinds_are_drawn(request_of, tmp_path, models, options):
    request = request_of(*models, path=tmp_path / "a.svg", **options)
    assert draw(request) == tmp_path / "a.svg"
    assert (tmp_path / "a.svg").stat().st_size > 4000
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize("name", catalog.names())
def test_every_model_has_a_kind_and_known_labels(name):
    model = catalog.load(name)
    assert suitable([model]) in ("curve", "line", "plane")
    labels = Labels(model)
    for tensor in (*(d.tensor for d in model.declarations), model.output.tensor):
        for numbered in (False, True):
            position = (0,) * len(tensor.axes)
            text = labels.formula(labels.element(tensor, position, numbered=numbered))
            assert text.startswith("$"), "no text instead of a formula"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "L_i"),
        ({"samples": (5,)}, "loss"),
        ({"sizes": {"N": 5}}, "loss"),
        ({"settings": {"x": ((1.0, 2.0), (3.0, 4.0))}}, "loss"),
    ],
)
def test_a_mean_over_samples_is_not_called_the_loss_of_one(request_of, options, expected):
    curves, names = line_curves(request_of("hinge", kind="line", **options))
    assert expected in names.up
    assert len(curves) == 1


def test_many_switches_are_not_followed(request_of):
    (curve,), _ = line_curves(request_of("hinge", kind="line", samples=(10_000,)))
    assert Branches(curve.track).places == []


def test_the_kind_is_that_of_the_shapes_not_of_the_name(request_of):
    relu = request_of("relu").models[0]
    renamed = replace(relu, model=replace(relu.model, name="hinge", kind="losses"))
    other = replace(request_of("relu"), models=(renamed,))
    assert kind_of(other) == kind_of(request_of("relu")) == "curve"


# --- marks ---------------------------------------------------------------------------------------


@pytest.fixture
def panel(request_of):
    """A function that draws one model into axes, and gives its marks: (kind, x, y)."""

    def make(name, *, slopes=False, **options):
        request = request_of(name, **options)
        axes = Figure().subplots()
        with style.styled():
            curves, _ = curves_of(request, "curve")
            draw_panel(axes, curves, request, slopes=slopes)
        marks = []
        for line in axes.lines:
            if line.get_marker() in ("o", "D"):
                is_open = line.get_marker() == "o" and line.get_markerfacecolor() == "white"
                kind = "open" if is_open else {"o": "filled", "D": "kink"}[line.get_marker()]
                marks.append((kind, *(round(float(d[0]), 6) for d in line.get_data())))
        return axes, sorted(marks)

    return make


@pytest.mark.parametrize(
    ("name", "slopes", "expected"),
    [
        ("relu", False, [("kink", 0, 0)]),
        ("relu", True, [("filled", 0, 0), ("open", 0, 1)]),
        ("leaky_relu", True, [("filled", 0, 1), ("open", 0, 0.01)]),
        ("l1", True, [("filled", 0, 0), ("open", 0, -1), ("open", 0, 1)]),
        ("margin_zero_one", False, [("filled", 0, 0), ("open", 0, 1)]),
        ("margin_zero_one", True, [("open", 0, 0), ("open", 0, 0)]),
        ("huber", True, [("kink", -1, -1), ("kink", 1, 1)]),
        ("tanh", False, []),
    ],
)
def test_kinks_and_jumps_are_marked(panel, name, slopes, expected):
    _, marks = panel(name, slopes=slopes)
    assert marks == expected


def test_a_jump_has_no_vertical_line(panel):
    axes, _ = panel("margin_zero_one")
    xs, ys = axes.lines[0].get_data()
    joined = np.isfinite(ys[1:]) & np.isfinite(ys[:-1]) & (np.abs(np.diff(ys)) > 0.5)
    assert not joined.any()
    assert np.isnan(ys[np.asarray(xs) == 0]).any()


def test_a_curve_that_runs_away_does_not_flatten_the_rest(panel):
    axes, _ = panel("power_error", slopes=True, settings={"q": ((0.3,),)})
    low, high = axes.get_ylim()
    assert -20 < low < 0 < high < 20


def test_span_is_all_of_a_tame_curve():
    low, high = span(np.array([0.0, 0.5, 1.0]))
    assert low < 0
    assert high > 1


def test_curves_differ_in_more_than_their_colour():
    assert len({str(stroke.dashes) for stroke in style.STROKES}) == len(style.STROKES)


def test_as_many_strokes_as_curves():
    from symderive.plots.inputs import MOST_CURVES

    assert len(style.STROKES) >= MOST_CURVES


# --- formulas ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{a}{b}", r"$\dfrac{a}{b}$"),
        (r"e^{\frac{s}{T}}", r"$e^{\frac{s}{T}}$"),
        (r"\Bigl(x\Bigr)", r"$\left(x\right)$"),
        (r"\lvert s_j\rvert^q", r"$|s_j|^q$"),
        (r"\begin{cases} 1 & \text{if } x \end{cases}", None),
        (r"\underbrace{x}_{1}", None),
    ],
)
def test_what_mathtext_does_not_know_is_spelled_otherwise(latex, expected):
    assert mathtext(latex) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, "0.5"), (1e-8, "10^{-8}"), (2.5e-12, r"2.5 \cdot 10^{-12}"), (-3.0, "-3")],
)
def test_numbers_are_written_as_on_paper(value, expected):
    assert Labels(catalog.load("huber")).setting("delta", value) == rf"$\delta = {expected}$"


# --- what fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (("relu", "softmax_nll"), {}, "softmax_nll is not a function of one number"),
        (("relu",), {"settings": {"z": ((1.0,),)}}, "no input is called 'z'; expected one of x"),
        (("relu",), {"sizes": {"Q": 2}}, "no axis is called 'Q'; expected one of N"),
        (("relu",), {"labels": ("a", "b")}, "labels are 2, curves 1"),
        (("relu",), {"title": r"$\nothing$"}, "this mathematics cannot be drawn"),
        (("bce",), {"x": (2.0, 3.0)}, "no value in this range"),
        (("bce",), {"kind": "line", "x": (7e5, 8e5)}, "leaves the domain"),
        (("softmax",), {"kind": "line"}, "the output is no scalar"),
        (("hinge", "hinge"), {"kind": "plane"}, "several were given"),
        (
            ("huber",),
            {"kind": "plane"},
            r"a plane needs two numbers, yhat is one; expected kind line",
        ),
        (
            ("hinge",),
            {"kind": "line", "settings": {"w": ((1.0, 2.0),)}, "sizes": {"C": 3}},
            r"expected w\[C, D\] of shape \(3, 2\), got 1 rows of 2",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_written(
    request_of, tmp_path, models, options, message
):
    with pytest.raises(InputError, match=message):
        draw(request_of(*models, path=tmp_path / "a.svg", **options))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "pie"}, "'pie' is no kind of picture"),
        ({"path": "a.gif"}, "expected a name that ends in .pdf, .svg or .png; not .gif"),
        ({"path": "a"}, "it has no ending"),
        ({"x": (1.0, 1.0)}, "x: expected LOW < HIGH"),
        ({"sizes": {"C": 0}}, "at least one position"),
        ({"samples": (0,)}, "at least one"),
        ({"inches": (0.1, 3.0)}, "1 to 50 inches"),
    ],
)
def test_a_wrong_request_is_refused(request_of, options, message):
    with pytest.raises(InputError, match=message):
        request_of("relu", **options)


def test_a_request_names_a_model(tmp_path):
    with pytest.raises(InputError, match="a picture needs a model"):
        PlotRequest((), tmp_path / "a.svg")


def test_without_matplotlib_the_message_says_what_to_install(request_of, tmp_path, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    with pytest.raises(NotSupportedError, match=r"pip install 'symderive-gradients\[plots\]'"):
        draw(request_of("relu", path=tmp_path / "a.svg"))
    assert not list(tmp_path.iterdir())


def test_what_differs_by_rounding_is_drawn_flat():
    heights = np.array([0.0, 2.2e-16, -4.4e-16, 0.0])
    assert span(heights) == (-0.5, 0.5)
    assert span(heights + 3) == (2.5, 3.5)
    assert span(np.array([0.0, 1e-6]))[1] < 2e-6
