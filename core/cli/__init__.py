"""What management commands share: option types, messages on stderr, --watch, advice on errors.

Guarantees: results go to stdout, all else to stderr, and an outage is one line that says what to
do. Import what you need from its module.
"""
