from datetime import timedelta

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import pre_delete
from django.utils.translation import gettext_lazy as _

from core.roles import ADMINISTRATOR, ALL, give_to
from core.signals import session_ended, session_rotated, session_started
from core.subjects import NEVER_CACHED, declare

MAIL_RIGHTS = ["view_email", "change_email", "view_log"]


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import checks, devices, flask_checks, readers  # noqa: F401
        from accounts.login_form_trial import login_form
        from accounts.mail_sending import send_mail
        from accounts.reauthentication import on_signed_in
        from core.guide.trials import register_trial
        from core.jobs.job_registry import register_job
        from core.page_cache.reader_pages import allow, note_uses_by

        give_to(self, {ADMINISTRATOR: [ALL]})
        give_to(apps.get_app_config("post_office"), {ADMINISTRATOR: MAIL_RIGHTS})
        declare("auth", "users")  # groups and permissions
        declare("post_office", NEVER_CACHED)
        register_job("send_mail", send_mail, every=timedelta(seconds=10))
        note_uses_by(devices.is_due)
        allow(session_keys=readers.SESSION_KEYS, middleware=readers.MIDDLEWARE)
        user_logged_in.connect(on_signed_in, dispatch_uid="accounts.on_signed_in")
        session_started.connect(devices.on_session_started, dispatch_uid="accounts.on_started")
        session_rotated.connect(devices.on_session_rotated, dispatch_uid="accounts.on_rotated")
        session_ended.connect(devices.on_session_ended, dispatch_uid="accounts.on_ended")
        pre_delete.connect(
            devices.before_user_delete, "accounts.User", dispatch_uid="accounts.before_delete"
        )
        register_trial(
            "login", login_form, "accounts.forms.NameField", "accounts.forms.PasswordField"
        )
