"""The state of one worker: its threads, shared calls, objects recreated after fork().

Guarantees: waits never occupy the last thread of a worker, and a forked child does not use objects
of its parent. Exports `per_process()` and `worker`.
"""
