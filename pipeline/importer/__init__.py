"""One import from top to bottom: files looked at, rows judged, questions, records sent, result files."""
