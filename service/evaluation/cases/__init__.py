"""Labelled cases, their files, and the grade that a judge gave each."""
