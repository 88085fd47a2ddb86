"""Reports for people and for machines: HTML, Markdown, JUnit XML and JSON."""
