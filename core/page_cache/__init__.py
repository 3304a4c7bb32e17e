"""The page cache: public pages, rendered once for all readers and kept in memory.

Guarantees: no page is older than a committed write, and no reader sees the personal part of
another. Exports `common_pages.public` for views, `serving.PageCache` for core.wsgi, and
`reader_pages.allow` for apps.
"""
