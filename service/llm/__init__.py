"""Language models: one seam, its adapters, structured output, prices."""
