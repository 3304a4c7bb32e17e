"""What one worker has for itself: threads, questions asked once, objects made anew after fork().

Guarantees: waits never take the last thread of a worker, and nothing of a parent process is used
in its child. Exports `per_process()` and `worker`.
"""
