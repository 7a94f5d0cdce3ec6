"""`python -m pipeline` is the command `gigbulk`."""

from pipeline.cli import main

main()
