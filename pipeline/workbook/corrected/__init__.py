"""A user's workbook with some cells changed, all else left as it was."""
