"""derive: the type checker for derivations."""

__version__ = "0.1.0"
