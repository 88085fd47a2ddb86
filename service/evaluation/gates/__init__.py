"""Gates: what a run must reach, and the accepted runs it is compared with."""
