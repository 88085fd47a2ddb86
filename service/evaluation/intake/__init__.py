"""Measure how well answers are found in notes and calls, and graded once they are found."""
