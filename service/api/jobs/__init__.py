"""Transcripts and batches: taken at once, graded as jobs."""
