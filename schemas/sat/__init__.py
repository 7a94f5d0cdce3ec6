"""SAT's catalogues as frames and small tables: codes, search, hints, editions."""
