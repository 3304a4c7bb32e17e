"""Session keys and middleware of the accounts that do not change a signed-in reader's page."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.flask_bridge import FLASK_USER_ID
from accounts.known_devices import DEVICE
from accounts.reauthentication import SIGNED_IN_AT

OWN_KEYS = SIGNED_IN_AT, DEVICE, FLASK_USER_ID
SESSION_KEYS = SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, *OWN_KEYS
MIDDLEWARE = (  # with nothing to do for an active user whose use of the session is noted
    "accounts.devices.devices",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.csrf_cookie_kept",
    # Parts are kept of complete pages only, and a write of the user outdates them.
    "accounts.password_change.password_change_first",
)
