"""Imports articles from Markdown files, as Hexo, Jekyll, Hugo and Zola keep them.

A file passes four modules: sources finds and reads it, front_matter splits it, post makes an
article's fields of it, and writer stores them.
"""


class Refused(Exception):  # noqa: N818 - names the file, not a fault of the program
    """A file is not imported. The message gives the reason, for the author of the file."""
