"""What is made of a model depends on the model alone, not on what SymPy happens to remember."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODELS = Path(__file__).parents[1] / "notation" / "sym" / "models"
NAMES = ("focal", "kernel_regression", "masked_attention")

MADE = """
import sys
from symderive.codegen import generate_source
from symderive.derive import gradient
from symderive.notation.sym import read_file
from symderive.stabilise import stabilise, stabilise_gradient
from pathlib import Path

for name in sys.argv[2:]:
    model = read_file(Path(sys.argv[1]) / f"{name}.sym")
    wrt = [declaration.name for declaration in model.real_inputs]
    gradients = stabilise_gradient(gradient(stabilise(model).model, wrt))
    print(generate_source(gradients, level="readable", definition=model))
"""


def test_a_module_does_not_depend_on_what_sympy_remembers():
    made = {}
    for cache in ("yes", "no"):
        run = subprocess.run(
            [sys.executable, "-c", MADE, str(MODELS), *NAMES],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "SYMPY_USE_CACHE": cache},
        )
        made[cache] = run.stdout
    assert made["yes"].count("def value_and_vjp") == len(NAMES)
    assert made["yes"] == made["no"]
