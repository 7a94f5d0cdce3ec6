"""The page about one import: a single HTML file that needs nothing else, for the person who answers for the data."""

from pipeline.report.compose import compose_report
from pipeline.report.page import RunReport, write_report
from pipeline.report.past import report_run_later

__all__ = ["RunReport", "compose_report", "report_run_later", "write_report"]
