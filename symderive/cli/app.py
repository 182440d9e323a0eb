"""The command ``symderive``: its subcommands, and what becomes of every way to fail."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import textwrap
import traceback
from collections.abc import Sequence
from difflib import get_close_matches

import click

from symderive.cli.check import check
from symderive.cli.console import prepare_streams, say_error
from symderive.cli.demo import demo
from symderive.cli.derive import derive
from symderive.cli.generate import generate
from symderive.cli.list_models import list_models
from symderive.cli.plot import plot
from symderive.cli.show import show
from symderive.cli.slides import slides
from symderive.cli.verify import verify
from symderive.errors import SymderiveError

#: Exit codes (a command returns NO itself; 0 is yes).
YES, NO, WRONG_INPUT, OUR_FAULT = range(4)
#: What a shell shows for a program that Ctrl-C, or a reader that has gone away, ended.
INTERRUPTED, READER_GONE = 130, 141

#: How a stream says that it takes no more: a full disk, a quota, a limit, a broken device.
_UNWRITABLE = frozenset(
    number
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF")
    if (number := getattr(errno, name, None)) is not None
)

DEBUG = "SYMDERIVE_DEBUG"
#: Set by a shell that wants completions.
COMPLETE = "_SYMDERIVE_COMPLETE"


class Commands(click.Group):
    """A group that suggests the nearest command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {name!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"symderive {version('symderive-gradients')}")
        ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def symderive(ctx: click.Context) -> None:
    """A formula goes in; a derivation for a slide, NumPy code, and the evidence for both come out.

    MODEL is the name of a model in the catalog (see: symderive list), a file of the formula
    language such as ./model.sym, or - for standard input.

    Results go to standard output, messages to standard error. Exit codes: 0 yes; 1 the answer is
    no; 2 wrong input, nothing was written; 3 a fault of symderive.

    Completion of model names, for bash (zsh and fish likewise):
    eval "$(_SYMDERIVE_COMPLETE=bash_source symderive)"
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (list_models, show, derive, generate, check, verify, plot, slides, demo):
    symderive.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run the command line; its exit code."""
    try:
        prepare_streams()
        code = _invoke(arguments)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        return _usage(error)
    except SymderiveError as error:
        _show_traceback()
        say_error(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say_error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return READER_GONE
    except OSError as error:
        return _unwritten(arguments, error)
    except Exception as error:  # noqa: BLE001 - the last resort: a message, never a traceback
        return _fault(arguments, error)
    return code if isinstance(code, int) else YES


def _invoke(arguments: list[str]) -> object:
    """Run the command; what can go wrong is left to the caller, not to click."""
    if COMPLETE in os.environ:
        symderive.main(arguments, prog_name="symderive")  # answers the shell and exits
    with symderive.make_context("symderive", arguments) as context:
        return symderive.invoke(context)


def _usage(error: click.ClickException) -> int:
    meant = _meant(error)
    message = error.message.rstrip(".") + meant if meant else error.format_message().rstrip()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message += f"\n(see: {error.ctx.command_path} --help)"
    say_error(message[:1].lower() + message[1:])
    return WRONG_INPUT


def _meant(error: click.ClickException) -> str:
    """``; did you mean --to latex?`` for ``--latex``, or nothing."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return ""
    word = error.option_name.lstrip("-")
    for option in error.ctx.command.params:
        if isinstance(option.type, click.Choice) and word in option.type.choices:
            return f"; did you mean {option.opts[0]} {word}?"
    return ""


def _unwritten(arguments: list[str], error: OSError) -> int:
    """A stream that takes no more is no fault of ours; files say their own errors, with a name."""
    number = error.errno
    if error.filename is not None or number is None or number not in _UNWRITABLE:
        return _fault(arguments, error)
    _show_traceback()
    say_error(
        f"cannot write to standard output: {os.strerror(number)}; expected room for all of it"
    )
    _let_go_of_stdout()
    return WRONG_INPUT


def _fault(arguments: list[str], error: Exception) -> int:
    _show_traceback()
    what = textwrap.shorten(" ".join(["symderive", *arguments]), 80, placeholder=" ..")
    where = "".join(f" {note}:" for note in getattr(error, "__notes__", ()))
    lines = str(error).strip().splitlines()
    why = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    say_error(
        f"{what}:{where} this failed by a fault of symderive ({why}); {DEBUG}=1 shows the traceback"
    )
    return OUR_FAULT


def _show_traceback() -> None:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        traceback.print_exc()


def _let_go_of_stdout() -> None:
    """Send what is left to nowhere: the interpreter flushes at its end, and must not complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
