from datetime import timedelta

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_save
from django.utils.translation import gettext_lazy as _

from core.roles import ADMINISTRATOR, ALL, AUTHOR, EDITOR, give_to

EDITORS_RIGHTS = [
    "add_article", "view_article", "change_article", "hide_article", "view_revision",
    "view_tag", "change_tag",
]  # fmt: skip


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Articles")

    def ready(self) -> None:
        from articles import rendering_checks
        from articles.fixtures import render_fixture
        from articles.images.removal import purge_images
        from articles.search import search_checks
        from articles.search.search_index import index_saved
        from articles.thinning import thin_revisions
        from articles.trash import purge_trash
        from core.admin.purge import allow_purge_to
        from core.jobs.job_registry import register_job
        from core.page_cache.reader_pages import allow
        from core.page_cache.warming import Page, warm_pages, warm_sitemap

        post_migrate.connect(
            rendering_checks.after_migrate, self, dispatch_uid="articles.after_migrate"
        )
        post_migrate.connect(
            search_checks.after_migrate, self, dispatch_uid="articles.search_after_migrate"
        )
        pre_save.connect(render_fixture, "articles.Article", dispatch_uid="articles.render_fixture")
        post_save.connect(index_saved, "articles.Article", dispatch_uid="articles.index_saved")
        give_to(self, {AUTHOR: ["add_article"], EDITOR: EDITORS_RIGHTS, ADMINISTRATOR: [ALL]})
        register_job("purge_images", purge_images, every=timedelta(days=1))
        register_job("purge_trash", purge_trash, every=timedelta(hours=1))
        register_job("thin_revisions", thin_revisions, every=timedelta(days=1))
        allow(middleware=["articles.redirects.redirects"])  # which changes only a 404
        allow_purge_to("articles.change_article")
        lists = [Page(path) for path in ("/", "/articles/", "/articles", "/article")]
        warm_pages(*lists, Page("/articles", accept="application/json"))
        warm_sitemap("/sitemap.xml", newest_of="/sitemap-articles.xml")
