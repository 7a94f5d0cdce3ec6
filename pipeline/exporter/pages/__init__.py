"""The rows of an export as they come: pages asked for, kept on disk, and checked as a whole."""
