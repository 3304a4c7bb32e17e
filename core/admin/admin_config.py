"""Installs core.admin.admin_site.Site as the admin.

Apart from it, because this module is read before any model.
"""

from django.contrib.admin.apps import AdminConfig


class SiteConfig(AdminConfig):
    default_site = "core.admin.admin_site.Site"
