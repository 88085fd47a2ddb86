"""Assignment: which turns answer which question."""
