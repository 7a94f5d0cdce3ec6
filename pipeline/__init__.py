"""gigbulk: bulk import and export between files and gigstack, the Mexican invoicing API.

`schemas` says what is true, `pipeline` says what we do, the journal remembers, the report reads only the journal.
"""

__version__ = "0.1.0"
