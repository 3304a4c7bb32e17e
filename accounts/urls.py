from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import devices_views, mail_views, registration_views, views

to_password = RedirectView.as_view(pattern_name="accounts:password")

app_name = "accounts"
urlpatterns = [
    re_path(r"^login/?$", views.login, name="login"),
    re_path(r"^logout/?$", views.logout, name="logout"),
    re_path(r"^register/?$", registration_views.register, name="register"),
    path("invite/<str:token>/", registration_views.accept, name="invitation"),
    path("account/profile/", views.profile, name="profile"),
    path("account/password/", views.change_password, name="password"),
    path("account/password/reset/", mail_views.ask_for_reset, name="reset"),
    path("account/password/reset/sent/", mail_views.reset_sent, name="reset-sent"),
    path("account/password/reset/<str:token>/", mail_views.reset_password, name="reset-password"),
    path("account/address/confirm/<str:token>/", mail_views.confirm, name="confirm-address"),
    path("account/address/undo/<str:token>/", mail_views.undo, name="undo-address"),
    path("account/sessions/", devices_views.sessions, name="sessions"),
    path("account/sessions/<int:pk>/end/", devices_views.end_session, name="end-session"),
    path("account/sessions/end/", devices_views.end_other_sessions, name="end-other-sessions"),
    path("account/confirm/", views.confirm, name="confirm"),
    # Before the admin's own, which count no attempts and end nothing but the session.
    path("admin/logout/", views.logout),
    path("admin/password_change/", to_password),
    path("admin/password_change/done/", to_password),
]
