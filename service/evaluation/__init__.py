"""Measure a judge on labelled cases, compare its runs, and hold them to gates."""
