"""The evidence for a model: its derivation, its gradient, its generated code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symderive.model import Model
from symderive.pipeline.models import resolve

if TYPE_CHECKING:
    from symderive.verify import Evidence


def evidence(model: Model | str) -> tuple[Evidence, ...]:
    """Every check of ``model``, each with how it was made and its worst relative error."""
    from symderive.verify import verify_model

    return verify_model(resolve(model))
