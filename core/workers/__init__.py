"""The state of one worker: its threads, questions asked once, objects recreated after fork().

Guarantees: waits never take the last thread of a worker, and nothing of a parent process is used
in its child. Exports `per_process()` and `worker`.
"""
