"""Prints one function of a Python file, without its docstring: excerpt.py FILE FUNCTION."""

from __future__ import annotations

import ast
import sys
from pathlib import Path


def main() -> None:
    """Print the function named on the command line."""
    file, name = sys.argv[1:]
    source = Path(file).read_text(encoding="utf-8")
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            skipped = range(first.lineno, (first.end_lineno or 0) + 1) if documented else range(0)
            for number in range(node.lineno, (node.end_lineno or 0) + 1):
                if number not in skipped:
                    print(lines[number - 1])
            return
    sys.exit(f"{file} has no function {name}")


if __name__ == "__main__":
    main()
