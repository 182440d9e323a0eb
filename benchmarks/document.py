"""Figures put into documents: between marks, whole or not at all; kept in a file for later runs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

#: The figures of the last runs, from which tables are made anew.
FIGURES = Path(__file__).with_name("figures.json")


def replace_file(path: Path, text: str) -> None:
    """Write a file beside, then put it in place: it is never there by half."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def put(path: Path, name: str, lines: Sequence[str]) -> None:
    """Put ``lines`` between the marks ``name`` of the document."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"{path}: the marks {begin.strip()} and {end.strip()} were expected once")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    replace_file(path, before + begin + "\n".join(lines).rstrip("\n") + "\n" + end + after)


def stored(name: str) -> Any:
    """What was kept under ``name``; None if nothing was."""
    return json.loads(FIGURES.read_text("utf-8")).get(name) if FIGURES.exists() else None


def store(name: str, figures: Any) -> None:
    """Keep ``figures`` under ``name``."""
    every = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    every[name] = figures
    replace_file(FIGURES, json.dumps(every, indent=1, sort_keys=True) + "\n")


def machine() -> str:
    """What was measured on what."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":")[1].strip() if names else cpu
    packages = ("numpy", "numba", "jax", "torch", "autograd")
    found = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, {found}."
