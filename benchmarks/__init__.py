"""This site beside the Flask stack of the notes, on the same MariaDB and Redis.

    make bench                        python -m benchmarks --only pool --rounds 3
    python manage.py bench pool       the notes' load test alone, no Flask needed

A part (pool, sessions, pages, caches) is a table of variants and a few sections; the part markdown
measures this process alone. A variant is one
function in `*_django.py` or `*_flask.py` that returns its operations; it lives in a process of its
own. A round asks each variant once, so that a noisy minute of the machine meets them all.
"""
