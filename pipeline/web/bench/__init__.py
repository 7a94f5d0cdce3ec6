"""A child of the page that has a basket's files checked and answers what is asked of their rows.

__main__   one line of JSON in, one out        desk    what can be asked
tables     one table: rows, findings, edits    edits   the list of corrections on disk
"""
