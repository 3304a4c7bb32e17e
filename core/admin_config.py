"""Installs core.admin_site.Site as the admin; apart from it, as it is read before any model."""

from django.contrib.admin.apps import AdminConfig


class SiteConfig(AdminConfig):
    default_site = "core.admin_site.Site"
