"""``demo``: from formula to slides, code and evidence, end to end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest

import symderive as sd
from symderive import pipeline
from symderive.codegen import load_module
from symderive.errors import InputError, NotSupportedError

FILES = {
    "slides.tex",
    "slides.pdf",
    "derivation.tex",
    "derivation.pdf",
    "softmax_nll.py",
    "hinge.py",
}


@dataclass(frozen=True)
class Fake:
    """Evidence without the work."""

    check: str
    passed: bool


@pytest.fixture
def quick(monkeypatch):
    """The demo without its slow ends."""
    monkeypatch.setattr(pipeline, "to_pdf", lambda source, name: b"%PDF " + name.encode())
    monkeypatch.setattr(pipeline, "evidence", lambda _: (Fake("gradient", True),))


@pytest.mark.untraced
@pytest.mark.latex
def test_demo_end_to_end(cli, tmp_path):
    ran = cli("demo", "-o", tmp_path / "demo")
    assert ran.code == 0
    assert {path.name for path in (tmp_path / "demo").iterdir()} == FILES
    for name in ("slides", "derivation"):
        assert (tmp_path / "demo" / f"{name}.pdf").read_bytes().startswith(b"%PDF-")
    module = load_module((tmp_path / "demo" / "hinge.py").read_text(encoding="utf-8"), "hinge")
    x, y, w = np.ones((2, 3)), np.array([0, 1]), np.zeros((2, 3))
    value, grads = module.value_and_grad(x, y, w)
    assert value == 1.0
    assert grads["w"].shape == w.shape


@pytest.mark.usefixtures("quick")
def test_every_stage_has_its_time_and_its_result(cli, tmp_path):
    ran = cli("demo", "-o", tmp_path)
    rows = ran.out.splitlines()[1:]
    assert ran.code == 0
    assert len(rows) == 10
    assert all(" s  " in row for row in rows)
    assert all(any(str(tmp_path / name) in row for row in rows) for name in FILES)
    assert len(ran.err.splitlines()) == 10
    assert {path.name for path in tmp_path.iterdir()} == FILES


@pytest.mark.usefixtures("quick")
def test_the_module_is_what_generate_writes(cli, tmp_path):
    cli("demo", "-o", tmp_path)
    assert (tmp_path / "hinge.py").read_text(encoding="utf-8") == sd.generate("hinge")


@pytest.mark.usefixtures("quick")
def test_without_pdflatex_the_rest_is_made_and_one_message_says_so(cli, tmp_path, monkeypatch):
    def missing(*_):
        raise NotSupportedError("pdflatex was not found, so no PDF can be made")

    monkeypatch.setattr(pipeline, "to_pdf", missing)
    ran = cli("demo", "-o", tmp_path)
    assert ran.code == 0
    assert ran.err.count("pdflatex was not found") == 1
    assert {path.name for path in tmp_path.iterdir()} == {f for f in FILES if ".pdf" not in f}


@pytest.mark.usefixtures("quick")
def test_a_failed_check_is_our_fault(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(
        pipeline, "evidence", lambda _: (Fake("gradient", False), Fake("lines", True))
    )
    ran = cli("demo", "-o", tmp_path)
    assert ran.code == 3
    assert "hinge: gradient failed" in ran.err
    assert "1 of 2 checks passed" in ran.out


def test_a_folder_that_cannot_be_written_is_told_at_once(cli, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(pipeline, "explain", lambda _: pytest.fail("derived all the same"))
    ran = cli("demo", "-o", tmp_path / "file" / "demo")
    assert ran.code == 2
    assert ran.failed_cleanly


def test_parts_are_made_in_the_order_asked_for(cli, tmp_path, monkeypatch):
    from symderive.lecture import cost, pictures

    drawn = pictures.PICTURES[:2]
    costs = [cost.Cost(n, float(n), float(n**2), 0.0) for n in (1, 2, 4)]
    monkeypatch.setattr(pictures, "pictures", lambda: iter(drawn))
    monkeypatch.setattr(cost, "measure", lambda: costs)
    ran = cli("demo", "cost", "pictures", "cost", "-o", tmp_path)
    assert ran.code == 0
    assert [line.split("  ")[0] for line in ran.out.splitlines()] == [
        "stage",
        "time both gradients",
        "draw D2 margin_losses",
        "draw D3 powers",
    ]
    assert {path.name for path in tmp_path.iterdir()} == {
        "B12-cost.pdf",
        "D2-margin_losses.pdf",
        "D3-powers.pdf",
    }


@pytest.mark.untraced
@pytest.mark.parametrize("part", ["regression", "classification"])
def test_networks_learn_and_are_drawn(cli, tmp_path, monkeypatch, part):
    from symderive.lecture import fitting

    short = {
        name: getattr(fitting, name)(*arguments, task, keep=2)
        for name, arguments, task in (
            ("regression", (), replace(fitting.REGRESSION, steps=5)),
            ("classification", ("xor",), replace(fitting.CLASSIFICATION, steps=5)),
        )
    }
    monkeypatch.setattr(fitting, part, lambda *_: short[part])
    ran = cli("demo", part, "-o", tmp_path)
    assert ran.code == 0
    assert {"regression": "E1-", "classification": "E2-"}[part] in ran.out
    assert any(path.suffix == ".gif" for path in tmp_path.iterdir())
    assert all(str(path) in ran.out for path in tmp_path.iterdir())


def test_a_part_that_is_not_there_is_one_message(cli, tmp_path):
    ran = cli("demo", "everything", "-o", tmp_path / "demo")
    assert (ran.code, ran.failed_cleanly) == (2, True)
    assert not (tmp_path / "demo").exists()


def test_the_deck_is_made_beside_the_other_parts(cli, tmp_path, monkeypatch):
    """Whoever makes it: what it says, and what goes wrong with it, is told in its turn."""
    from contextlib import contextmanager

    from symderive.cli import demo
    from symderive.lecture import pictures

    @contextmanager
    def helper(_):
        with ThreadPoolExecutor(1) as pool:
            yield pool

    said = {"week5": ("the deck", "", 7.0)}
    monkeypatch.setattr(pictures, "pictures", lambda: iter(pictures.PICTURES[:1]))
    monkeypatch.setattr(demo, "_helper", helper)
    monkeypatch.setattr(demo, "_deck", lambda name, _: said[name])
    ran = cli("demo", "pictures", "lecture", "-o", tmp_path)
    assert ran.code == 0
    assert ran.out.splitlines()[-1].endswith("the deck, made beside the rest in 7 s")

    def fails(*_):
        raise InputError("nothing to show")

    monkeypatch.setattr(demo, "_deck", fails)
    ran = cli("demo", "pictures", "lecture", "-o", tmp_path)
    assert ran.code == 2
    assert "nothing to show" in ran.err
