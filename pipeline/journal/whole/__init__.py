"""All of a journal: its tables as plain rows, and its move to another address."""
