"""The admin site: its sign-in, bounded search, form fields, and the page that purges the caches.

Guarantees: a form that is posted after the sign-in has ended is given back, and no search runs an
unbounded query. Apps import from its modules, and register who may purge the caches.
"""
