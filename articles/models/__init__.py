from articles.models.article import (
    DERIVED_FIELDS,
    EDITED_FIELDS,
    LONGEST_REASON,
    OUTDATED,
    Article,
)
from articles.models.image import Image, ImageUse, LooseFile
from articles.models.imported_file import ImportedFile
from articles.models.redirect import Redirect
from articles.models.revision import TEXTS, Revision, StatusChange
from articles.models.search_text import SearchText
from articles.models.site_page import Page
from articles.models.tag import Tag
from articles.models.working_copy import WorkingCopy

__all__ = [
    "DERIVED_FIELDS",
    "EDITED_FIELDS",
    "LONGEST_REASON",
    "OUTDATED",
    "TEXTS",
    "Article",
    "Image",
    "ImageUse",
    "ImportedFile",
    "LooseFile",
    "Page",
    "Redirect",
    "Revision",
    "SearchText",
    "StatusChange",
    "Tag",
    "WorkingCopy",
]
