"""The rules of SAT and of the API, one file per subject."""
