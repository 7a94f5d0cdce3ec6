"""What an import leaves: files with what failed, what was found and what was created; and its report."""
