"""Runs: planned, graded, stored and compared."""
