"""/metrics shows what the session stores count."""

from core.shared_memory.cache_counters import SESSIONS
from core.shared_memory.process_counters import Counters


def test_sums_of_all_processes_are_shown(client, settings, tmp_path, db):
    settings.INKPOOL_RUN_DIR, settings.INKPOOL_METRICS_KEY = tmp_path, "k" * 40
    processes = [Counters("sessions", SESSIONS), Counters("sessions", SESSIONS)]
    for each in processes:
        each.add("loads", 2)
    processes[1].add("conflicts")
    text = client.get("/metrics", headers={"authorization": "Bearer " + "k" * 40}).text
    shown = dict(line.split() for line in text.splitlines() if line.startswith("inkpool_session_"))
    assert {name: float(value) for name, value in shown.items()} == {
        "inkpool_session_loads_total": 4,
        "inkpool_session_saves_total": 0,
        "inkpool_session_conflicts_total": 1,
        "inkpool_session_outages_total": 0,
    }
