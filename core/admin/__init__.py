"""The admin site: its sign-in, bounded search, form fields, and the page that purges the caches.

Guarantees: a form that is posted after the sign-in has ended is given back, and no search box
can be made to run an unbounded query. Exports nothing here; apps import from its modules.
"""
