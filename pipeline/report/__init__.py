"""The page about one import: a single HTML file that needs nothing else, for the person who answers for the data."""

from pipeline.report.page import RunReport, write_report
from pipeline.report.past import NOTABLE_SHOWN, report_run_later
from pipeline.report.timeline import read_timeline

__all__ = ["NOTABLE_SHOWN", "RunReport", "read_timeline", "report_run_later", "write_report"]
