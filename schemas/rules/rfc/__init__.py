"""The RFC: what SAT's form says of it, and what is said of one that does not fit."""
