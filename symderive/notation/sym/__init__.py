"""The formula language: text in, model out; nothing of the text is ever evaluated as code."""

from __future__ import annotations

from symderive.notation.sym.api import (
    read_claim,
    read_condition,
    read_expression,
    read_file,
    read_model,
    read_stream,
)
from symderive.notation.sym.source import SourceError

__all__ = [
    "SourceError",
    "read_claim",
    "read_condition",
    "read_expression",
    "read_file",
    "read_model",
    "read_stream",
]
