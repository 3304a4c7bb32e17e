"""The page cache: whole public pages for anonymous visitors, answered in front of Django.

Guarantees: a signed-in request never gets or fills a cached page, and no page is older than a
committed write. Exports `serving.public` for views and `serving.PageCache` for core.wsgi.
"""
