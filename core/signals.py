"""The signals of this project (Flask: blinker's namespace); receivers connect in ready().

Each is sent in the request that causes it, after the store or backend has done its part. `id_hash`
is the SHA-256 of a session's id in hex.
"""

from django.dispatch import Signal

session_started = Signal()  # sender: the store's class; session, id_hash
session_rotated = Signal()  # sender: the store's class; session, id_hash, old_id_hash
session_ended = Signal()  # sender: the store's class; id_hash, reason: see core.sessions.store

# Flask's, which Django lacks or sends in tests only
before_render_template = Signal()  # sender: the template's class; template, context, request
template_rendered = Signal()  # sender: the template's class; template, context, request
message_flashed = Signal()  # sender: the storage's class; request, message, category, level
request_tearing_down = Signal()  # sender: the request's class; request, exc: an Exception or None

# Sent for each call of a cached function or view. sender: the decorated function; key, args, kwargs
cache_view_hit = Signal()
cache_view_miss = Signal()
cache_memoize_hit = Signal()
cache_memoize_miss = Signal()
