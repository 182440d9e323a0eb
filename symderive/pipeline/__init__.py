"""The two journeys, for library users and the command line alike: to a slide, and to code."""

from symderive.pipeline.compiling import (
    Compiled,
    CompileRequest,
    Level,
    Target,
    With,
    compile,  # noqa: A004 - its name in Python, as in sd.compile
)
from symderive.pipeline.defining import definition
from symderive.pipeline.explaining import (
    Detail,
    ExplainRequest,
    Explanation,
    To,
    explain,
    summary,
    typeset,
)
from symderive.pipeline.goals import Wrt, parse_wrt
from symderive.pipeline.models import parse, resolve
from symderive.pipeline.pdf import run_latex, to_pdf
from symderive.pipeline.verifying import evidence, evidence_of_each

__all__ = [
    "CompileRequest",
    "Compiled",
    "Detail",
    "ExplainRequest",
    "Explanation",
    "Level",
    "Target",
    "To",
    "With",
    "Wrt",
    "compile",
    "definition",
    "evidence",
    "evidence_of_each",
    "explain",
    "parse",
    "parse_wrt",
    "resolve",
    "run_latex",
    "summary",
    "to_pdf",
    "typeset",
]
