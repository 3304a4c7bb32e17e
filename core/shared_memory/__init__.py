"""Memory that the processes of one host share: 64-bit words in files below RUN_DIR.

Guarantees: a word is read and written whole, a process that is killed leaves its counts behind,
and another site's files are never read. Exports counters and the words that hold generations.
"""
