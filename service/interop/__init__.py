"""Interop: the judge inside other evaluation frameworks."""
