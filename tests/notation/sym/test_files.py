"""Files and streams: encodings, sizes, names; errors that say what was expected."""

from __future__ import annotations

import io

import pytest

from symderive.errors import InputError
from symderive.notation.sym import SourceError, read_file, read_stream

TEXT = "data x[N]\nparam w\nloss = mean[i]((w - x[i])**2)\n"


@pytest.fixture
def written(tmp_path):
    def write(content: str | bytes, name: str = "model.sym"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT + "# \u00e9\u4e2d\n",
        TEXT.rstrip(),
    ],
)
def test_a_file_is_read(written, content):
    assert read_file(written(content)).names == ("x", "w", "loss")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("hinge.sym", "hinge"),
        ("my model-2.sym", "my_model_2"),
        ("2nd.sym", "model_2nd"),
        ("\u00e9.sym", "model"),
        ("_.sym", "model"),
        ("noending", "noending"),
        ("a.b.sym", "a_b"),
    ],
)
def test_a_model_is_called_after_its_file(written, file, name):
    assert read_file(written(TEXT, file)).name == name


def test_errors_name_the_file(written):
    path = written("param w\nL = q\n")
    with pytest.raises(SourceError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: line 2, column 5: ")
    assert caught.value.source == str(path)


BAD = {
    "Latin-1": (b"param w\n# caf\xe9\nL = w\n", 2, 6, "byte 0xE9 is not UTF-8; expected UTF-8"),
    "half a character": (b"L = 1 # \xe2\x88", 1, 9, "byte 0xE2 is not UTF-8"),
    "UTF-16": (TEXT.encode("utf-16"), 1, 1, "the text is UTF-16; expected UTF-8"),
    "UTF-16, the other way round": (b"\xfe\xff\0L", 1, 1, "the text is UTF-16"),
    "UTF-32": (TEXT.encode("utf-32"), 1, 1, "the text is UTF-32; expected UTF-8"),
    "UTF-16 without a mark": (TEXT.encode("utf-16-le"), 1, 2, "the control character NUL"),
    "NUL": (b"L = 1\0", 1, 6, "the control character NUL is not of the language"),
    "a picture": (b"\x89PNG\r\n\x1a\n", 1, 1, "byte 0x89 is not UTF-8"),
    "2 MB": (b"#" * 2_000_000, 1, 1, "the text is longer than 1 MiB; expected at most 1 MiB"),
    "a line": (b"L = 1\n#" + b"x" * 20_000, 2, 10_001, "the line has 20,001 characters"),
    "nothing": (b"", 1, 1, "there is no equation"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_text_of_the_language(written, case):
    content, line, column, what = BAD[case]
    with pytest.raises(SourceError) as caught:
        read_file(written(content))
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.what.startswith(what)


def test_no_more_is_read_than_a_model_may_have():
    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.read_so_far += size
            return b"#" * size

    endless = Endless()
    with pytest.raises(SourceError, match="longer than 1 MiB"):
        read_stream(endless, "endless", "standard input")
    assert endless.read_so_far < 1_100_000


@pytest.mark.parametrize(
    ("path", "reason"),
    [("missing.sym", "No such file or directory"), (".", "Is a directory"), ("a\0b", "null")],
)
def test_what_cannot_be_read_is_one_clear_error(tmp_path, monkeypatch, path, reason):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"cannot read .*{reason}.*; expected a file with a model"):
        read_file(path)
