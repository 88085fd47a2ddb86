"""Storage: the grades that were given, in SQLite or PostgreSQL."""
