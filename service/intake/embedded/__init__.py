"""Assignment without an LLM: by shared wording, by the embedded judge, and by staying on topic."""
