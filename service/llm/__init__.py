"""Ask language models: one seam, its adapters, structured output, failover and repair."""
