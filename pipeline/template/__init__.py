"""Workbooks to fill in: a sheet for each resource, with headings, drop-downs and examples an import understands."""
