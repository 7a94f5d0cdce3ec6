"""Files to frames of text: what a file is, what its columns mean, which lines make one record."""
