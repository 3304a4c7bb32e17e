"""Shared parts of management commands: option types, messages on stderr, --watch, advice.

Guarantees: results go to stdout, all else to stderr, and an outage is one line that says what to
do. Import what you need from its module.
"""
