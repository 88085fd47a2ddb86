"""Readers: one module for each form in which notes and transcripts arrive."""
