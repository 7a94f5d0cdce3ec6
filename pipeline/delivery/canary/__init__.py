"""Does the API mean what we mean? The first record of each kind shows it: which go first, what their answers must say."""
