"""The guide under /docs/: the Markdown pages of docs/ in both languages, and the tour's trials.

Guarantees: a page is rendered once per process, and in production a trial is open to the staff
only. Exports `urls`.
"""
