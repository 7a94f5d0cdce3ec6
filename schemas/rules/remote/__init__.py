"""Rules about what the API has to say of a record."""
