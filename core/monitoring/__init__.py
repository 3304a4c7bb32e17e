"""Probes, metrics, the reports of caches and pools, and the format of log lines, for operators.

Guarantees: /livez asks nothing, /readyz asks outside the pool, and /metrics sums all processes of
this host and shows the jobs of all hosts. Exports `middleware.early_answers`, which stands first,
`urls`, and the reports.
"""
