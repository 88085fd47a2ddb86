"""The files that a new repository begins its evals with: cases, gates, a workflow."""
