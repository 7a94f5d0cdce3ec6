"""The page: an import without a terminal (docs/adr/0028-the-page-stands-on-the-same-import.md).

    serving/  one process with the page         app       its routes        access  who may ask, and from where
    pages/    one module a step of the page     kept/     what was dropped, answered and corrected, on disk
    bench/    a child that holds judged files   benches   the server's side of it
    job/      a child that sends or exports     jobs      the server's side of it

The server holds no rows and no rule. What it asks of rows it asks of a bench, and what it sends a job sends.
"""
