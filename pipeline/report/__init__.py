"""The page about one import: a single HTML file that needs nothing else, for the person who answers for the data."""

from pipeline.report.page import write_report

__all__ = ["write_report"]
