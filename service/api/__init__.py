"""The HTTP API: routes, problems and limits."""
