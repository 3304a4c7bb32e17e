"""Classes that settings.py names in place of Django's: template engine, form renderer, messages.

Guarantees: each behaves as the class of Django that it extends. Nothing imports this package
but the settings, and the views that ask the form renderer for a form's status.
"""
