"""Server-side sessions in Redis or in the database (Flask-Session), with one contract for both.

Guarantees: a late save never revives a session that has ended and never loses another request's
key. SESSION_ENGINE is `core.sessions.redis` or `core.sessions.database`.
"""
