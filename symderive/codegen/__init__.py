"""Code generation: models to array programs to NumPy modules."""

from symderive.codegen.emit import generate_source
from symderive.codegen.load import load_module
from symderive.codegen.second import Second

__all__ = ["Second", "generate_source", "load_module"]
