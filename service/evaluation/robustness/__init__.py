"""Robustness: changed answers whose right grade is known."""
