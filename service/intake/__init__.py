"""Intake: notes and transcripts, read into turns and assigned to the questions they answer."""
