"""The small family of errors: wrong input, not supported yet, our own fault."""

from __future__ import annotations


class SymderiveError(Exception):
    """Base of every error that symderive raises on purpose.

    ``exit_code`` is what the command line returns for it.
    """

    exit_code = 2


class InputError(SymderiveError, ValueError):
    """The input is wrong: the message says what, where, and what was expected."""


class NotSupportedError(SymderiveError, NotImplementedError):
    """A construct that is understood but not supported here; the message names it."""


class CheckError(SymderiveError):
    """A check of our own failed: a printed line or generated code would have been wrong."""

    exit_code = 3
