"""Gates that a run must pass, and the accepted runs it is compared with."""
