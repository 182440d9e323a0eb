"""Code generation: models to array programs to NumPy modules."""

from symderive.codegen.emit import generate_source
from symderive.codegen.load import load_module

__all__ = ["generate_source", "load_module"]
