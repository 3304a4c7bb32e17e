from accounts.models.invitation import Invitation
from accounts.models.login_session import (
    REVOKED,
    EndedDevice,
    LoginSession,
    LoginSessionQuerySet,
    end_sessions,
)
from accounts.models.mail_link import LONGEST_PAGE, MailLink, ResetRequest
from accounts.models.user import (
    KEY_LENGTH,
    LOOKS_LIKE_ANOTHER,
    AccountManager,
    AccountQuerySet,
    Epoch,
    LookKey,
    NameKey,
    PasswordState,
    User,
    look_key,
    name_key,
)

__all__ = [
    "KEY_LENGTH",
    "LONGEST_PAGE",
    "LOOKS_LIKE_ANOTHER",
    "REVOKED",
    "AccountManager",
    "AccountQuerySet",
    "EndedDevice",
    "Epoch",
    "Invitation",
    "LoginSession",
    "LoginSessionQuerySet",
    "LookKey",
    "MailLink",
    "NameKey",
    "PasswordState",
    "ResetRequest",
    "User",
    "end_sessions",
    "look_key",
    "name_key",
]
