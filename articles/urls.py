from django.urls import path, re_path, register_converter

from articles import sitemaps
from articles.converters import MonthConverter, UnicodeSlugConverter, YearConverter
from articles.feeds import FEEDS
from articles.views import (
    autosave,
    history,
    moderation,
    own_list,
    pictures,
    reading,
    searching,
    team_pages,
    writing,
)
from articles.views.live_preview import live_preview
from articles.views.pasting import paste
from articles.views.reading import public_page

register_converter(UnicodeSlugConverter, "uslug")
register_converter(YearConverter, "year")
register_converter(MonthConverter, "month")

app_name = "articles"
urlpatterns = [
    path("", reading.index, name="index"),
    re_path(r"^articles/?$", reading.article_list, name="list"),
    re_path(r"^article/?$", reading.article_json, name="json"),
    path("articles/mine/", own_list.mine, name="mine"),
    path("articles/mine/trash/", history.trash, name="trash"),
    path("articles/mine/images/", pictures.images, name="images"),
    path("articles/mine/images/<int:image_pk>/delete/", pictures.delete_image, name="delete-image"),
    path("articles/new/", writing.new, name="new"),
    path("articles/new/autosave/", autosave.autosave_new, name="autosave-new"),
    path("articles/new/<uuid:token>/", writing.new, name="new"),
    path("articles/preview/", live_preview, name="live-preview"),
    path("articles/paste/", paste, name="paste"),
    path("articles/<int:pk>/", reading.detail, name="short"),
    path("articles/<int:pk>/edit/", writing.edit, name="edit"),
    path("articles/<int:pk>/autosave/", autosave.autosave, name="autosave"),
    path("articles/<int:pk>/delete/", writing.delete, name="delete"),
    path("articles/<int:pk>/publish/", writing.publish, name="publish"),
    path("articles/<int:pk>/withdraw/", writing.withdraw, name="withdraw"),
    path("articles/<int:pk>/hide/", moderation.hide, name="hide"),
    path("articles/<int:pk>/show/", moderation.show, name="show"),
    path("articles/<int:pk>/recover/", history.recover, name="recover"),
    path("articles/<int:pk>/history/", history.history, name="history"),
    path("articles/<int:pk>/history/<int:revision_pk>/", history.revision, name="revision"),
    path(
        "articles/<int:pk>/history/<int:revision_pk>/restore/",
        history.restore_revision,
        name="restore",
    ),
    path("articles/<int:pk>/<uslug:slug>/", reading.detail, name="detail"),
    re_path(
        r"^media/(?P<name>[0-9a-f]{40}-[0-9]{1,5}x[0-9]{1,5}(?:-animated)?(?:-[0-9]{3,4}w)?"
        r"\.(?:jpg|png|webp))\Z",
        pictures.media,
        name="media",
    ),
    path("authors/<uslug:username>/", reading.author, name="author"),
    path("tags/", reading.tag_list, name="tags"),
    path("tags/<uslug:slug>/", reading.tag, name="tag"),
    path("archive/", reading.archive, name="archive"),
    path("archive/<year:year>/", reading.period, name="year"),
    path("archive/<year:year>/<month:month>/", reading.period, name="month"),
    path("pages/<slug:slug>/", team_pages.page, name="page"),
    path("search/", searching.search, name="search"),
    path("sitemap.xml", public_page(sitemaps.index), name="sitemaps"),
    path("sitemap-<section>.xml", public_page(sitemaps.section), name="sitemap"),
]
for kind, feeds in FEEDS.items():
    site, by_author, by_tag = map(public_page, feeds)
    urlpatterns += [
        path(f"feeds/{kind}/", site, name=f"feed-{kind}"),
        path(f"feeds/{kind}/authors/<uslug:username>/", by_author, name=f"author-feed-{kind}"),
        path(f"feeds/{kind}/tags/<uslug:slug>/", by_tag, name=f"tag-feed-{kind}"),
    ]
