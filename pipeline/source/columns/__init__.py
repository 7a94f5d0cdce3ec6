"""What the columns of a file mean: by their headings, by what the user says of them, and what none of them says."""
