"""Parts for models and queries: exact text fields, bounded pages, retries, SQL parameters.

Guarantees: each behaves alike on SQLite, MariaDB and MySQL. Import what you need from its module.
"""
