"""The commands, a module for each: its flags, one call, and what it shows."""
