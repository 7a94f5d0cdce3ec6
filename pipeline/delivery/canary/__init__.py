"""Does the API mean what we mean? The first of each kind shows it: which goes first, what its answer must say."""
