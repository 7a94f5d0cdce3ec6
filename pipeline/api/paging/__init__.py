"""A list of the API, page by page: what to ask for, what an envelope holds, and whether that was all of it."""
