"""Runs: plan one, execute it, store it in a folder, compare two."""
