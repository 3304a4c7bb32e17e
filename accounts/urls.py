from django.urls import path, re_path

from accounts import views

app_name = "accounts"
urlpatterns = [
    re_path(r"^login/?$", views.login, name="login"),
    re_path(r"^logout/?$", views.logout, name="logout"),
    re_path(r"^register/?$", views.register, name="register"),
    path("account/profile/", views.profile, name="profile"),
    path("account/password/", views.change_password, name="password"),
]
