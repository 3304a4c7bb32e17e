"""System checks of the caches: settings, models and engines that would let them show old rows."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register
from django.db import connections

from core.invalidation.write_hooks import TrackedConnection
from core.subjects import undeclared

LOCAL = {"", "localhost", "127.0.0.1", "::1"}
MOUNTS = Path("/proc/self/mountinfo")
NETWORK = {
    "9p", "afs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs", "gfs2", "lustre",
    "nfs", "nfs4", "ocfs2", "smb3", "smbfs",
}  # fmt: skip


@register()
def run_dir_is_local(**kwargs: Any) -> list[CheckMessage]:
    """core.W050: hosts do not see at once what another one writes to a network file system."""
    kind = file_system(settings.INKPOOL_RUN_DIR)
    if kind not in NETWORK:
        return []
    hint = "Give each host a local folder, best on a tmpfs: RUN_DIR=/run/inkpool."
    message = (
        f"RUN_DIR={str(settings.INKPOOL_RUN_DIR)!r} is on {kind}; pages and users may be stale."
    )
    return [Warning(message, hint=hint, id="core.W050")]


@register()
def several_hosts_need_a_redis(**kwargs: Any) -> list[CheckMessage]:
    """core.I050: hosts that share a database learn of each other's writes through Redis alone."""
    place = settings.DATABASES["default"].get("HOST", "")
    if (
        settings.INKPOOL_CACHE_URL
        or not settings.INKPOOL_PAGE_CACHE
        or place in LOCAL
        or place.startswith("/")
    ):
        return []
    hint = "One host needs none. With several, set CACHE_URL or REDIS_URL on each."
    message = (
        f"The database is on {place} and there is no CACHE_URL: a write of another host "
        "would show here after up to a minute."
    )
    return [Info(message, hint=hint, id="core.I050")]


@register(Tags.models)
def each_model_declares_its_subject(**kwargs: Any) -> list[CheckMessage]:
    """core.W052: a model does not say which cached results its rows are part of."""
    return [
        Warning(
            f"{model._meta.label} declares no cache subject, so a write to it outdates "
            f"{subject!r}, the subject named after its app.",
            hint=f'Add `cache_subject = "{subject}"` to the class, or `cache_subject = '
            "NEVER_CACHED` if no cached page shows it; for a package's model write "
            f'`declare("{model._meta.label}", "{subject}")` in AppConfig.ready(). '
            "Both names are in core.subjects.",
            obj=model,
            id="core.W052",
        )
        for model, subject in undeclared()
    ]


@register(Tags.models)
def each_database_tracks_writes(**kwargs: Any) -> list[CheckMessage]:
    """core.W053: a write through this engine outdates no cache."""
    return [
        Warning(
            f"DATABASES[{alias!r}] has the ENGINE {connections[alias].settings_dict['ENGINE']!r}, "
            "so a write through it outdates no cached page.",
            hint="Use core.mysql_pool or core.sqlite.",
            id="core.W053",
        )
        for alias in connections
        if not isinstance(connections[alias], TrackedConnection)
    ]


def file_system(path: Path) -> str:
    """The kind of the file system that `path` is on, or would be; '' if the kernel names none."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    found, longest = "", -1
    for line in lines:
        place, _, rest = line.partition(" - ")
        point = Path(place.split()[4].replace("\\040", " "))
        if path.resolve().is_relative_to(point) and len(point.parts) >= longest:
            found, longest = rest.split()[0], len(point.parts)
    return found
