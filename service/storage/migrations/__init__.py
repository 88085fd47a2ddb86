"""Migrations: how the tables came to be, oldest first in `versions`."""
