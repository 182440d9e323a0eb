"""What all tests share: hypothesis profiles, and LaTeX that fails loudly where it is missing."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from pkgutil import walk_packages

import hypothesis
import pytest

import symderive

# Expressions hold each other in few cycles, and there are millions of them: looking for cycles as
# often as Python does took 6 % of the time of tests/derive.
gc.freeze()
gc.set_threshold(200_000, 50, 100)

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
in_ci = os.environ.get("CI", "") not in {"", "0", "false"}
hypothesis.settings.load_profile("ci" if in_ci else "local")


#: Coverage looks at the first cases of a test, then at one in so many: tracing doubles time.
FIRST, TRACED = 4, 16
#: And at the first examples of a property, and the first calls of what a test calls very often.
FIRST_EXAMPLES, FIRST_CALLS = 24, 64
#: Rooms and files whose tests are short, and whose cases each reach lines of their own.
BRIEF = {"notation", "model", "expr", "rewrite", "cli", "plots", "pipeline", "test_rules.py"}
#: Tests among them that are not.
LONG = {
    "test_every_line_of_every_derivation_holds",
    "test_what_is_printed_reads_back_to_the_same_model",
    "test_what_the_limits_allow_is_read",
}


#: Rooms of which one worker has a whole file: what its tests share is made once. The files of the
#: other rooms are long, so that two workers have them test by test, and these last of all.
WHOLE = {"catalog", "cli", "derive", "expr", "model", "notation", "pipeline", "plots"}
WHOLE |= {"rewrite", "stabilise"}


def pytest_collection_modifyitems(items):
    for item in items:
        if not WHOLE.isdisjoint(item.path.parts) and not item.get_closest_marker("xdist_group"):
            item.add_marker(
                pytest.mark.xdist_group(str(item.path.relative_to(item.config.rootpath)))
            )
    names = [item.nodeid.partition("[")[0] for item in items]
    seen = Counter()
    for item, name in zip(items, names, strict=True):
        brief = not BRIEF.isdisjoint(item.path.parts) and name.rpartition("::")[2] not in LONG
        if not brief and seen[name] >= FIRST and seen[name] % TRACED:
            item.add_marker("untraced")
        seen[name] += 1
        sample(getattr(item, "obj", None))


#: What takes long and runs nothing of ours: there is nothing to trace in it.
FOREIGN = {
    ("matplotlib.figure", "Figure", "savefig"),
    ("matplotlib.backends.backend_agg", "FigureCanvasAgg", "draw"),
    ("numba.core.dispatcher", "Dispatcher", "compile"),
}


#: What a test may call a hundred thousand times: the same lines again and again.
OFTEN = {
    ("symderive.model.evaluate", "Evaluator", "_in"),
    ("symderive.model.evaluate", "Evaluator", "value"),
    ("symderive.verify.claims.compare", "Trial", "values"),
    ("symderive.verify.claims.compare", "Trial", "judge"),
}


def untraced(function):
    """``function``, which pauses the tracer while it runs."""

    @wraps(function)
    def run(*args, **kwargs):
        tracer = sys.gettrace()
        sys.settrace(None)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(tracer)

    return run


def traced_at_first(function):
    """``function``, which pauses the tracer in most calls of a test but the first."""
    untraced_function = untraced(function)

    @wraps(function)
    def run(*args, **kwargs):
        if sys.gettrace() is None:
            return function(*args, **kwargs)
        tracing.calls[function] += 1
        if tracing.calls[function] > FIRST_CALLS and tracing.calls[function] % TRACED:
            return untraced_function(*args, **kwargs)
        return function(*args, **kwargs)

    return run


def trace_less():
    """Let the tracer pause in what is foreign or often called, as far as it has been imported."""
    for places, changed in ((FOREIGN, untraced), (OFTEN, traced_at_first)):
        for place in tuple(places):
            module, owner, name = place
            if module in sys.modules:
                places.remove(place)
                within = getattr(sys.modules[module], owner)
                setattr(within, name, changed(getattr(within, name)))


#: What our modules import, and what takes long to.
IMPORTED = ("sympy", "mpmath", "numpy", "jinja2", "lark", "click", "rich.table", "flint")
IMPORTED += ("matplotlib.figure", "matplotlib.backends.backend_agg", "hypothesis", "numba")


class Tracing:
    """Coverage's tracer, which runs while our modules are imported, and in tests it looks at.

    Not while tests are collected, nor in what pytest does between them. It pauses and goes on in
    one and the same frame: it keeps a stack of its own.
    """

    tracer = None
    #: For the examples of a property, each of which has it alone.
    waiting = None

    def __init__(self):
        #: Of functions that are called often, in this test.
        self.calls = Counter()

    def paused(self):
        """Collect, or run all tests, without it."""
        before, self.tracer = self.tracer, sys.gettrace() or self.tracer
        sys.settrace(None)
        try:
            return (yield)
        finally:
            sys.settrace(self.tracer)
            self.tracer = before

    def running(self, item):
        """Run a test with it, unless coverage does not look at that."""
        looks = item.get_closest_marker("untraced") is None
        if self.tracer is None or not looks:
            return (yield)
        trace_less()
        self.calls.clear()
        if hasattr(getattr(item, "obj", None), "hypothesis"):
            self.waiting = self.tracer
        else:
            sys.settrace(self.tracer)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.waiting = None

    def example(self, place, function):
        """Run the next example of a property with it, if it is one that coverage looks at."""
        if self.waiting is None or (place > FIRST_EXAMPLES and place % TRACED):
            return function()
        sys.settrace(self.waiting)
        try:
            return function()
        finally:
            sys.settrace(None)


tracing = Tracing()
SAMPLED = set()


def sample(test):
    """Let coverage look at some of the examples of a property, and at nothing that makes them."""
    handle = getattr(test, "hypothesis", None)
    if handle is None or handle.inner_test in SAMPLED:
        return
    inner, examples = handle.inner_test, count(1)

    @wraps(inner)
    def run(*args, **kwargs):
        return tracing.example(next(examples), lambda: inner(*args, **kwargs))

    SAMPLED.add(run)
    handle.inner_test = run


def import_everything():
    """Import our modules with the tracer, and what they import without."""
    untraced(lambda: [import_module(name) for name in IMPORTED if find_spec(name)])()
    for module in walk_packages(symderive.__path__, "symderive."):
        if not module.name.endswith("__main__"):
            import_module(module.name)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection(session):
    distributes = getattr(session.config.option, "numprocesses", None)  # and collects nothing
    if sys.gettrace() is not None and not distributes:
        import_everything()
    return (yield from tracing.paused())


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop():
    return (yield from tracing.paused())


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item):
    return (yield from tracing.running(item))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item):
    return (yield from tracing.running(item))


@dataclass(frozen=True)
class LatexRun:
    """What pdflatex made of a document: the PDF, its log, and the boxes that did not fit."""

    pdf: Path
    log: str

    @property
    def overfull(self) -> list[str]:
        return re.findall(r"^Overfull .*$", self.log, flags=re.MULTILINE)


@pytest.fixture
def compile_latex(tmp_path):
    """A function from a whole LaTeX document to its `LatexRun`; LaTeX's errors fail the test."""
    pdflatex = shutil.which("pdflatex")
    if pdflatex is None:
        pytest.fail("pdflatex is missing; `make latex` installs it or says how", pytrace=False)

    def run(source: str, name: str = "document") -> LatexRun:
        (tmp_path / f"{name}.tex").write_text(source, encoding="utf-8")
        command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
        environment = os.environ | {"max_print_line": "10000", "openout_any": "p"}
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        log = done.stdout.decode("utf-8", errors="replace")
        if done.returncode != 0:
            pytest.fail(f"pdflatex failed on {name}.tex:\n{log[-3000:]}", pytrace=False)
        return LatexRun(tmp_path / f"{name}.pdf", log)

    return run
