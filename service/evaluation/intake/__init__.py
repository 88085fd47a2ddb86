"""How well the answers in notes and transcripts are found, and graded once they are."""
