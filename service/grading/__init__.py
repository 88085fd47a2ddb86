"""Grading: find what is kept, judge, keep."""
