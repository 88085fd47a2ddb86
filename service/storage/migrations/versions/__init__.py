"""One file per migration, named NNNN_what."""
