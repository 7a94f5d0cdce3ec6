"""What may be mended in a cell without asking, and what a cell's damage shows."""
