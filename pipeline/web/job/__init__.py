"""A child of the page that sends a basket, resumes a run or exports, in a session of its own: it outlives the page.

__main__   settings in, result.json out     steps   what it may be asked to do     journal   what it tells meanwhile
"""
