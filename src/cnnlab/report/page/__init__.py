"""A study as one HTML file that opens anywhere, offline: nothing in it comes from elsewhere."""

from cnnlab.report.page.whole import study_page

__all__ = ["study_page"]
