"""Requests and responses: proxies, limits, request ids, redirects, error pages, returned forms.

Guarantees: nothing from a client is trusted or read before its length and origin are checked, and
every failure is answered by a page that says what to do. Import what you need from its module.
"""
