"""The figures of a run, each with its name, label, interval and the results it blames."""
