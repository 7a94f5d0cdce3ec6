"""What a row of each resource means: its columns, its rules, its key, what it refers to."""
