"""A lecture's TOML: what is wrong in it gives one message with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from symderive.errors import InputError
from symderive.lecture import build_deck, read_lecture, shipped
from symderive.lecture.reading import read_source
from symderive.lecture.source import Source

HEAD = 'title = "A lecture"\n'
SLIDE = HEAD + '\n[[slide]]\nkind = "derivation"\nmodel = "relu"\n'


def lecture(text, folder=Path()):
    return read_source(Source(text, "a.toml", folder))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "a.toml: this is no TOML: invalid value (at end of document)"),
        ('[[slide]]\nkind = "title"\n', "the key 'title' is missing; expected a text"),
        (HEAD, "the key 'slide' is missing; expected tables"),
        (HEAD + "slide = []\n", "there is no slide"),
        (HEAD + "[[slide]]\n", "line 2: slide 1: the key 'kind' is missing"),
        (
            HEAD + '[[slide]]\nkind = "derivatoin"\n',
            "line 3: slide 1: kind: there is no kind 'derivatoin' of slide; did you mean deri",
        ),
        (
            SLIDE + 'detial = "full"\n',
            "line 6: slide 1 (derivation): detial: there is no such key; did you mean detail?",
        ),
        (
            SLIDE + 'detail = "fulll"\n',
            "detail: 'fulll' is unknown; expected one of result, slide, full; did you mean full?",
        ),
        (SLIDE + "update = 1\n", "update: 1 does not fit; expected true or false"),
        (HEAD + '[[slide]]\nkind = "derivation"\n', "the key 'model' is missing"),
        (
            'title = 3\n[[slide]]\nkind = "title"\n',
            "line 1: title: 3 does not fit; expected a text",
        ),
        (
            HEAD + '[models.m]\n[[slide]]\nkind = "title"\n',
            "line 2: model m: nothing says what it is; expected one of catalog, file, sym",
        ),
        (
            HEAD + '[models.m]\nsym = "x"\nwith = { a = 1 }\n[[slide]]\nkind = "title"\n',
            "line 4: model m: with: only a model of the catalog takes arguments",
        ),
    ],
)
def test_what_is_no_lecture(text, said):
    with pytest.raises(InputError) as caught:
        lecture(text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("a.toml")


def slides(kind, **values):
    lines = [f"{key} = {value}" for key, value in values.items()]
    return HEAD + "\n".join(["[[slide]]", f'kind = "{kind}"', *lines]) + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (slides("derivation", model='"reluu"'), "model: 'reluu' is not in the catalog"),
        (slides("derivation", model='"relu"', wrt='"w"'), "line 4: slide 1 (derivation): model: "),
        (slides("derivation", model='"relu"', only='["casse"]'), "did you mean case?"),
        (slides("definition", model='"hinge"', equations='["LL"]'), "no equation 'LL'"),
        (slides("text", text='"$x$ is"'), "line 4: slide 1 (text): text: in the formula 'x'"),
        (slides("text", text='"$1 + $ is"'), "in the formula '1 +'"),
        (slides("text", text='"a $ b"'), "a formula is not closed"),
        (slides("text", formulas='["1 = "]'), "formulas: in the formula '1 ='"),
        (slides("claims"), "there is no claim; expected one of claims, file, model"),
        (slides("claims", claims='["1 = "]'), "claims: "),
        (slides("claims", file='"no.sym"'), "file: cannot read"),
        (slides("claims", model='"relu"'), "relu makes no claim"),
        (slides("plot"), "nothing says what is shown"),
        (slides("plot", picture='"a.txt"'), "picture: a.txt is of no format"),
        (slides("plot", picture='"a.png"'), "picture: cannot read"),
        (slides("plot", plot='{ kind = "curv" }'), "did you mean curve?"),
        (slides("plot", plot='{ kind = "curve" }'), "nothing says what is drawn"),
        (slides("plot", plot='{ models = ["relu"], x = [1] }'), "expected two numbers"),
        (slides("code", model='"relu"', function='"valeu"'), "did you mean value?"),
        (slides("code", model='"hinge"', **{"from": '"nothing like it"'}), "no line of"),
        (slides("update", model='"relu"'), "needs a scalar output"),
        (slides("results", models='["relu"]', head='["a"]'), "expected three headings"),
    ],
)
def test_what_does_not_fit_the_models(text, said):
    with pytest.raises(InputError) as caught:
        build_deck(lecture(text), pdf=False)
    assert said in str(caught.value)
    assert "line " in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.toml: No such file"):
        read_lecture(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="byte 0 is not UTF-8"):
        read_lecture(tmp_path / "odd.toml")


def test_a_lecture_that_does_not_come_along():
    with pytest.raises(InputError, match="no lecture 'week6'; did you mean week5"):
        shipped("week6")


def test_lines_in_texts_of_several_lines_are_no_keys():
    text = (
        HEAD + '[models.m]\nsym = """\ndata x[N]\n[[slide]]\nkind = 3\n"""\n' + SLIDE[len(HEAD) :]
    )
    source = Source(text, "a.toml", Path())
    assert source.line(("slide", 0), "kind") == 10
    assert source.line(("models", "m"), "sym") == 3
    assert source.line((), "title") == 1


def test_settings_hold_for_every_slide_that_says_nothing_else():
    found = lecture(HEAD + 'detail = "full"\n' + SLIDE[len(HEAD) :] + 'overlays = "none"\n')
    (slide,) = found.slides
    assert (slide["detail"], slide["overlays"]) == ("full", "none")
