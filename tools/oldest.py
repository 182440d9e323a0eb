"""Print the oldest supported dependencies as pins: the lower bounds of pyproject.toml."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"]:
    pin, bounds = re.subn(r"^([\w-]+)>=([\w.]+).*$", r"\1==\2", requirement)
    if not bounds:
        raise SystemExit(f"pyproject.toml: {requirement!r} has no lower bound to test against")
    print(pin)
