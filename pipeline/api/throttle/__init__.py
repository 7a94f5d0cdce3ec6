"""How much may be in flight and how often: two controllers learn the API's limits, the lower wins (ADR 0006)."""
