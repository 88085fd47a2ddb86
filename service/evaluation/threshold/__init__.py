"""The cascade's threshold: what each one costs, and which to set."""
