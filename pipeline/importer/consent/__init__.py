"""What must be agreed to, and kept within bounds, before an import sends anything."""
