"""Names failures: which errors of a database or a Redis are an outage, and of which class.

Guarantees: each error number has one verdict, and each exception of redis-py one class name.
Import what you need from its module.
"""
