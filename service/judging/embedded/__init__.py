"""Judge with a small model in the package: no key, no network, no GPU, no torch."""
