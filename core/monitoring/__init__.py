"""What operators see: probes, metrics, the reports of caches and pools, the format of log lines.

Guarantees: /livez asks nothing, /readyz asks outside the pool, and /metrics sums all processes of
this host. Exports `health.probes`, the first middleware, and the reports that commands print.
"""
