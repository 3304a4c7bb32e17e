"""Conditions of a server's start: allowed settings, a usable RUN_DIR, collected static files.

Guarantees: a server that could not serve ends at once, with one line that says what to do.
Exports `start_conditions.set_up_server()` for core.wsgi and core.asgi.
"""
