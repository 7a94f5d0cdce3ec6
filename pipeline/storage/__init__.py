"""Files that appear whole or not at all, temporary folders, and how outputs are named."""
