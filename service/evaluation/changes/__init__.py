"""Changes of an answer's text that leave its sense alone."""
