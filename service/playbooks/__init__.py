"""Playbooks: models, YAML files, Markdown tables, and the catalogue that finds a question."""
