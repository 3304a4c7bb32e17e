from django.urls import path, re_path

from core.guide import tour, views

app_name = "guide"
urlpatterns = [
    path("", views.index, name="index"),
    re_path(r"^images/(?P<name>[\w-]+\.(?:svg|png))$", views.picture, name="picture"),
    path("try/", tour.tour, name="tour"),
    path("try/<slug:name>/", tour.trial, name="trial"),
    path("<slug:slug>/", views.page, name="page"),
]
