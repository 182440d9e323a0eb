"""``plot``: a picture in a file, or one message."""

from __future__ import annotations

import pytest

from symderive.cli import plot as command
from symderive.plots import KINDS, style


def test_a_picture_is_written(cli, tmp_path):
    path = tmp_path / "relu.svg"
    ran = cli("plot", "relu", "-o", path, "--x", "-1:2", "--title", "")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert path.read_bytes().startswith(b"<?xml")


def test_several_models_in_one_picture(cli, tmp_path):
    path = tmp_path / "losses.png"
    ran = cli(
        "plot", "margin_hinge", "margin_square", "-o", path, "--label", "hinge",
        "--label", "$(1-t)^2$", "--y", "-.5:4", "--inches", "4 x 3",
    )  # fmt: skip
    assert ran.code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_options_reach_the_request(cli, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("symderive.plots.draw", asked.append)
    ran = cli(
        "plot", "softmax_nll", "-o", tmp_path / "a.pdf", "--kind", "plane", "--samples", "1, 50",
        "--size", "C=4", "--set", "w=1,2;-3e-1,4", "--set", "x = .5", "--seed", "7",
        "--x", "-1e1:2.5", "--no-derivative", "--beside",
    )  # fmt: skip
    assert ran.code == 0
    (request,) = asked
    assert request.samples == (1, 50)
    assert request.sizes == {"C": 4}
    assert request.settings == {"w": ((1, 2), (-0.3, 4)), "x": ((0.5,),)}
    assert (request.seed, request.x, request.kind) == (7, (-10, 2.5), "plane")
    assert (request.derivative, request.beside) == (False, True)


def test_a_model_in_a_file(cli, tmp_path):
    (tmp_path / "bowl.sym").write_text("param a\nparam b\nL = a**2 + 2 * b**2\n")
    path = tmp_path / "bowl.svg"
    assert cli("plot", tmp_path / "bowl.sym", "-o", path).code == 0
    assert path.exists()


def test_the_kinds_are_those_of_the_library():
    assert command.KINDS == KINDS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.gif"], "expected a name that ends in .pdf, .svg or .png"),
        (["-o", "missing/a.svg"], "there is no folder"),
        (["-o", "a.svg", "--x", "1"], "'1': expected LOW:HIGH"),
        (["-o", "a.svg", "--x", "2:1"], "expected LOW < HIGH"),
        (["-o", "a.svg", "--set", "alpha"], "expected NAME=VALUES"),
        (["-o", "a.svg", "--set", "alpha=__import__('os')"], "expected NAME=VALUES"),
        (["-o", "a.svg", "--set", "alpha=1"], "no input is called 'alpha'"),
        (["-o", "a.svg", "--samples", "many"], "expected N or N,N"),
        (["-o", "a.svg", "--size", "N"], "expected AXIS=N"),
        (["-o", "a.svg", "--inches", "4"], "expected WIDTHxHEIGHT"),
        (["-o", "a.svg", "--over", "y"], "no real input is called 'y'"),
        ([], "missing option '-o'"),
    ],
)
def test_what_is_wrong_is_one_message_and_nothing_is_written(
    cli, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    ran = cli("plot", "relu", *arguments)
    assert (ran.code, ran.failed_cleanly) == (2, True)
    assert message in ran.err
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_the_message_says_what_to_install(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(style, "find_spec", lambda _: None)
    for arguments in (("plot", "relu", "-o", tmp_path / "a.svg"), ("demo", "cost", "-o", tmp_path)):
        ran = cli(*arguments)
        assert (ran.code, ran.failed_cleanly) == (2, True)
        assert "pip install 'symderive-gradients[plots]'" in ran.err
    assert not list(tmp_path.iterdir())
