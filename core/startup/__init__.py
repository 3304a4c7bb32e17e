"""Conditions of a server's start: a usable RUN_DIR, collected static files, known threads.

Guarantees: a server that could not serve ends at once, with one line that says what to type.
Exports `start_conditions` for core.wsgi and core.asgi.
"""
