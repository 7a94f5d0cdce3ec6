"""Where the journal of a state folder is."""

__all__ = ["JOURNAL"]

JOURNAL = "journal.sqlite"
