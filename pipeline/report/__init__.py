"""The page about one import: a single HTML file that needs nothing else, for the person who answers for the data."""

from pipeline.report.page import RunReport, write_report

__all__ = ["RunReport", "write_report"]
