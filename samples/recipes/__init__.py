"""What the sample files are made of: one module per kind of record. `make_samples.py` writes them down."""
