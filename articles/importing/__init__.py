"""Articles from Markdown files, as Hexo, Jekyll, Hugo and Zola keep them.

A file goes sources → front_matter → post → writer: found and read, split, understood, written.
"""


class Refused(Exception):  # noqa: N818 - a verdict about a file
    """Why a file does not go in, said for the person who wrote it."""
