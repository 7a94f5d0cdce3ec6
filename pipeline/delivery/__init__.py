"""Decide what is to be created, remember the intent, send, and settle what is in doubt."""
