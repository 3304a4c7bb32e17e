"""django-redis as Django's cache: serializer without pickle, circuit breaker, bounded outages.

Guarantees: `clear()` removes its own keys only, a damaged value is a miss, and a Redis that is away
costs one short wait. Exports `cache_backend.RedisCache`, which settings.py names, and
`circuit_breaker.Breaker`.
"""
