"""Installs core.admin.admin_site.Site as the admin.

A module of its own, because INSTALLED_APPS imports it before any model.
"""

from django.contrib.admin.apps import AdminConfig


class SiteConfig(AdminConfig):
    default_site = "core.admin.admin_site.Site"
