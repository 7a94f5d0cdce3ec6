"""The rows of a file under the names of another generation of the API. Nothing is sent."""
