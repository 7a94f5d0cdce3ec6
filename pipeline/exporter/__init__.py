"""One export from top to bottom: query, pull page after page, transform, hand to the sink."""
