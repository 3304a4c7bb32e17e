"""Signal() objects only; who cares connects in its own ready() (Flask: blinker's namespace).

Sent in the request that does it, once the store has done it. `id_hash` is the SHA-256 of the
session's id in hex, which is all that is kept of an id.
"""

from django.dispatch import Signal

session_started = Signal()  # sender: the store's class; session, id_hash
session_rotated = Signal()  # sender: the store's class; session, id_hash, old_id_hash
session_ended = Signal()  # sender: the store's class; id_hash, reason: see core.sessions.store
