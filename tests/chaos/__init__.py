"""A real server through kills, locks and full disks; `make chaos` runs it, CI does not."""
