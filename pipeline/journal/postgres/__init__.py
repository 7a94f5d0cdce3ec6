"""The journal in PostgreSQL, shared by machines. It needs psycopg (the extra `postgres`); `engine` loads it late."""
