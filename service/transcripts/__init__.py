"""Transcripts: calls and notes of every format, read into turns; nothing here judges them."""
