"""The cascade's threshold: measure what each one costs, recommend one."""
