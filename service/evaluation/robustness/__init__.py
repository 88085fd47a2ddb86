"""Changed answers whose right grade is known."""
