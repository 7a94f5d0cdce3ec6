"""One import from top to bottom: sources, check, confirm, send, results."""
