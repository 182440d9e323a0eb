"""The command line: commands, options, progress, exit codes; no mathematics."""

from symderive.cli.app import main

__all__ = ["main"]
