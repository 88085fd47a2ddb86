"""The judge inside other evaluation frameworks."""
