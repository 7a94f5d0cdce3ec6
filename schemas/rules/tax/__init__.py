"""Taxes of an item: what SAT knows, how cells say them, and what is said of them."""
