"""What may become of a record: the words of counts, light enough for the command line's help."""

__all__ = ["COUNTED", "FATES", "PLANNED_ONLY"]

FATES = ("created", "existing", "rejected", "refused", "in_doubt", "unsent")
"""What may become of a record; each has one (docs/exit-codes-and-results.md, The result as JSON)."""

COUNTED = ("read", *FATES)
"""The counts of a resource, in the order of the result object: records read, which is their sum, and each fate."""

PLANNED_ONLY = "would_create"
"""The count that a dry run adds."""
