"""The embedded judge: no key, no network, no GPU, no torch at run time."""
