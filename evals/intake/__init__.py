"""The set that intake is measured on, and what fits the embedded assigner to its dev split."""
