"""CSV: read as it was written, line by line or by columns where its form is proven, and written, for Excel too."""
