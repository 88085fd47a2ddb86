"""Evaluation: cases with the grade they should get, and how well a judge meets them."""
