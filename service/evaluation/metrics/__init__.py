"""Metrics: the figures of a run, and the statistics behind them."""
