"""Invalidation of everything that is cached: one generation per subject, a write hook, a broadcast.

Guarantees: after a commit no worker of this host serves a result older than it, and other hosts
learn of it through Redis. Stores compare `generations().stamp()`; writers need to call nothing.
"""
