from django.urls import path, re_path, register_converter

from articles import views
from articles.converters import UnicodeSlugConverter

register_converter(UnicodeSlugConverter, "uslug")

app_name = "articles"
urlpatterns = [
    path("", views.index, name="index"),
    re_path(r"^articles/?$", views.article_list, name="list"),
    re_path(r"^article/?$", views.article_json, name="json"),
    path("articles/mine/", views.mine, name="mine"),
    path("articles/new/", views.new, name="new"),
    path("articles/<int:pk>/edit/", views.edit, name="edit"),
    path("articles/<int:pk>/delete/", views.delete, name="delete"),
    path("articles/<int:pk>/publish/", views.publish, name="publish"),
    path("articles/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("articles/<int:pk>/<uslug:slug>/", views.detail, name="detail"),
]
