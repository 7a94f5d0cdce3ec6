"""Rows judged a block at a time, in one pass over columns."""
