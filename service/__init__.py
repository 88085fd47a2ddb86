"""Probewise grades what a customer said against what a good answer sounds like."""

__all__ = ["__version__"]

__version__ = "0.1.0"
