"""Playbooks: models, YAML files, tables of teams, and the catalogue that finds a question."""
