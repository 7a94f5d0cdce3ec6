"""A user's workbook with marks laid over its cells, all else left as it was."""
