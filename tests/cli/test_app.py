"""Exit codes and messages: whatever goes wrong, one message, never a traceback."""

from __future__ import annotations

import errno
import runpy
import subprocess
import sys
from pathlib import Path

import click
import pytest

from symderive import pipeline
from symderive.cli import app, main
from symderive.cli.app import run, symderive
from symderive.errors import CheckError

COMMANDS = ("list", "show", "derive", "generate", "verify", "demo")


def test_every_command_is_there_and_has_help(cli):
    assert set(COMMANDS) <= set(symderive.commands)
    for command in symderive.commands:
        ran = cli(command, "--help")
        assert ran.code == 0
        assert ran.out.startswith(f"Usage: symderive {command}")


def test_without_a_command_there_is_help(cli):
    ran = cli()
    assert ran.code == 0
    assert all(command in ran.out for command in COMMANDS)


def test_version(cli):
    assert cli("--version").out.startswith("symderive 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["derife", "hinge"], "did you mean derive?"),
        (["zzz"], "there is no command 'zzz'\n"),
        (["--nonsense"], "no such option"),
        (["derive"], "missing argument 'MODEL'"),
        (["derive", "hinge", "--to", "pdf"], "'pdf' is not one of"),
        (["derive", "hinge", "--latex"], "no such option '--latex'; did you mean --to latex?"),
        (["derive", "hinge", "--full"], "no such option '--full'; did you mean --detail full?"),
        (["derive", "hinge", "--order", "3"], "--order"),
        (["derive", "hinge", "--order", "2", "--update"], "expected order 1"),
        (["derive", "hinge", "extra"], "unexpected extra argument"),
        (["derive", "softmax_nl"], "did you mean softmax_nll"),
        (["show", "nothing_like_it"], "is not in the catalog"),
        (["derive", "hinge", "--wrt", "wx"], "wrt 'wx' is not a real input"),
        (["derive", "hinge", "--wrt", "y"], "wrt 'y' is not a real input; expected one of x, w"),
        (["derive", "hinge", "--wrt", "w["], "the end at column 3; expected an index letter"),
        (["derive", "hinge", "--wrt", "w[m]"], "expected 2, for the axes [C, D]"),
        (
            ["derive", "hinge", "--of", "loss", "--wrt", "Delta[i]"],
            "has 1 letter; expected none, for Delta is a scalar: Delta",
        ),
        (["derive", "hinge", "--wrt", "w[m, m]"], "expected an index over D"),
        (["derive", "hinge", "--wrt", "w[k, m]"], "expected an index over"),
        (["derive", "hinge", "--wrt", "w", "--wrt", "w"], "asked for twice"),
        (["derive", "hinge", "--of", "Q"], "'Q' is not an equation; expected one of"),
        (["derive", "sigmoid", "--update"], "an update needs a scalar output"),
        (["derive", "model.sym"], "model.sym"),
        (["derive", "model.tex"], "models written as LaTeX are not supported yet"),
        (["derive", "some/where"], "some/where"),
        (["list", "--kind", "nonsense"], "'nonsense' is not one of"),
        (["generate"], "no model is named; expected MODEL... or --all"),
        (["generate", "hinge", "--all"], "not both"),
        (["generate", "hing"], "did you mean hinge?"),
        (["generate", "hinge", "--level", "slow"], "'slow' is not one of"),
        (["verify"], "no model is named"),
        (["verify", "hinge", "sigmoi"], "did you mean sigmoid"),
    ],
)
def test_wrong_input_gets_one_message_and_exit_code_2(
    cli, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    ran = cli(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.failed_cleanly
    assert not list(tmp_path.iterdir())


def test_a_line_that_is_wrong_is_our_fault_and_not_shown(cli, monkeypatch):
    def wrong(_):
        raise CheckError("the line 'result' is wrong")

    monkeypatch.setattr(pipeline, "explain", wrong)
    ran = cli("derive", "hinge")
    assert ran.code == 3
    assert ran.failed_cleanly


def test_what_nobody_thought_of_is_our_fault(cli, monkeypatch):
    monkeypatch.setattr(pipeline, "explain", lambda _: 1 // 0)
    monkeypatch.delenv("SYMDERIVE_DEBUG", raising=False)
    ran = cli("derive", "hinge")
    assert ran.code == 3
    assert ran.failed_cleanly
    assert "symderive derive hinge" in ran.err
    assert "ZeroDivisionError" in ran.err
    assert "SYMDERIVE_DEBUG=1" in ran.err


def test_the_traceback_is_shown_on_request(cli, monkeypatch):
    monkeypatch.setattr(pipeline, "explain", lambda _: 1 // 0)
    monkeypatch.setenv("SYMDERIVE_DEBUG", "1")
    assert "Traceback" in cli("derive", "hinge").err


def test_an_interruption_is_not_a_fault(cli, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "explain", interrupt)
    ran = cli("derive", "hinge")
    assert (ran.code, ran.err) == (130, "error: interrupted\n")


def test_main_exits_with_the_code():
    with pytest.raises(SystemExit) as end:
        main(["derive", "nothing_like_it"])
    assert end.value.code == 2


def test_a_reader_that_goes_away_is_no_fault():
    command = [sys.executable, "-m", "symderive", "show", "hinge"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 141


@pytest.mark.parametrize("arguments", [["derive", "relu"], ["list"], ["--help"]])
def test_a_full_disk_behind_standard_output_is_one_error(arguments):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "symderive", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        "error: cannot write to standard output: No space left on device; expected room for all"
        " of it\n"
    )


def test_an_error_of_a_stream_in_this_process(cli, monkeypatch):
    def fill(_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(pipeline, "explain", fill)
    monkeypatch.setattr(app, "_let_go_of_stdout", lambda: None)
    ran = cli("derive", "relu")
    assert ran.code == 2
    assert ran.failed_cleanly


def test_another_error_of_the_system_is_our_fault(cli, monkeypatch):
    def fail(_):
        raise OSError(errno.ENOSPC, "full", "some/file")

    monkeypatch.setattr(pipeline, "explain", fail)
    assert cli("derive", "relu").code == 3


def test_a_closed_standard_output_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert run(["show", "relu"]) == 2


def test_messages_go_nowhere_where_standard_error_is_closed(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert run(["show", "no_such_model"]) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_results_are_utf_8_whatever_the_locale(process, encoding):
    ran = process("show", "hinge", PYTHONIOENCODING=encoding)
    assert ran.code == 0
    assert "Σ_k w_jk x_ik" in ran.out


def test_model_names_are_completed(process):
    ran = process(
        _SYMDERIVE_COMPLETE="bash_complete", COMP_WORDS="symderive derive so", COMP_CWORD="2"
    )
    assert {"plain,softmax_nll", "plain,softplus"} <= set(ran.out.split())
    assert all(answer.startswith("plain,so") for answer in ran.out.split())


def test_completion_in_this_process(monkeypatch, capsys):
    for name, value in (
        ("_SYMDERIVE_COMPLETE", "bash_complete"),
        ("COMP_WORDS", "symderive show hin"),
        ("COMP_CWORD", "2"),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        main([])
    assert "plain,hinge" in capsys.readouterr().out


def test_a_closed_pipe_in_this_process(cli, ran, monkeypatch):
    def close(*_):
        raise BrokenPipeError

    monkeypatch.setattr(pipeline, "definition", close)
    assert cli("show", "hinge") == ran(141, "", "")


def test_a_usage_error_names_where_to_read_more(cli, ran, monkeypatch):
    def refuse(*_):
        raise click.UsageError("Refused")

    monkeypatch.setattr(pipeline, "definition", refuse)
    assert cli("show", "hinge") == ran(2, "", "error: refused\n(see: symderive show --help)\n")


def test_python_m_symderive(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["symderive", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("symderive", run_name="__main__")
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("symderive ")
