"""The version, in a room of its own so that whoever names it does not import the public door."""

__all__ = ["__version__"]

__version__ = "0.1.0"
