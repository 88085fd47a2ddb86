"""Labelled cases: golden sets and their files."""
