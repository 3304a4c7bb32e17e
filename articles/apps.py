from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_save
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Articles")

    def ready(self) -> None:
        from articles import rendering_checks
        from articles.fixtures import render_fixture
        from core.admin.purge import allow_purge_to
        from core.page_cache.warming import Page, warm_pages, warm_sitemap

        post_migrate.connect(
            rendering_checks.after_migrate, self, dispatch_uid="articles.after_migrate"
        )
        pre_save.connect(render_fixture, "articles.Article", dispatch_uid="articles.render_fixture")
        allow_purge_to("articles.change_article")
        lists = [Page(path) for path in ("/", "/articles/", "/articles", "/article")]
        warm_pages(*lists, Page("/articles", accept="application/json"))
        warm_sitemap("/sitemap.xml", newest_of="/sitemap-articles.xml")
