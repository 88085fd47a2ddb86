"""`probewise eval`: a file for each command."""
