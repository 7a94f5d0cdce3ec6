"""Bringing SAT's own catalogue files into the form the rules join against."""
