"""Recurring work of the site, such as emptying the trash, each job under a lock over all hosts.

Guarantees: of all processes on all hosts one runs a job at a time, and a job of a killed process is
free again after `leases.LEASE`. Exports `job_registry.register_job`, which apps call in
AppConfig.ready(), and `running.run_due`, which runs the jobs that are due.
"""
