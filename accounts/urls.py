from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import devices_views, views

to_password = RedirectView.as_view(pattern_name="accounts:password")

app_name = "accounts"
urlpatterns = [
    re_path(r"^login/?$", views.login, name="login"),
    re_path(r"^logout/?$", views.logout, name="logout"),
    re_path(r"^register/?$", views.register, name="register"),
    path("account/profile/", views.profile, name="profile"),
    path("account/password/", views.change_password, name="password"),
    path("account/sessions/", devices_views.sessions, name="sessions"),
    path("account/sessions/<int:pk>/end/", devices_views.end_session, name="end-session"),
    path("account/sessions/end/", devices_views.end_other_sessions, name="end-other-sessions"),
    path("account/confirm/", views.confirm, name="confirm"),
    # Before the admin's own, which count no attempts and end nothing but the session.
    path("admin/logout/", views.logout),
    path("admin/password_change/", to_password),
    path("admin/password_change/done/", to_password),
]
