"""Frames to files: one file or a set of them, on disk or in an object store, whole or not at all."""
