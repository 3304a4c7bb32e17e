from django.urls import path, re_path

from core.guide import views

app_name = "guide"
urlpatterns = [
    path("", views.index, name="index"),
    re_path(r"^images/(?P<name>[\w-]+\.(?:svg|png))$", views.picture, name="picture"),
    path("<slug:slug>/", views.page, name="page"),
]
