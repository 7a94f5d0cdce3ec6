"""Lossless repairs: what may be taken off a cell or put right in it, in which order, and what is told of it."""
