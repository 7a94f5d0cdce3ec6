"""What an .xlsx file is inside: its parts and sheets, and marks laid over its cells with all else left as it was."""
