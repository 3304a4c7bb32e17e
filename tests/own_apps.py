"""The apps of this checkout: core, accounts, articles, and each that is added beside them."""

from django.core.management import get_commands

from deploy.processes import ROOT

NOT_SERVED = {
    "tests",
    "benchmarks",
    "deploy",
}  # in a checkout, not part of the site
OWN_APPS = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")} - NOT_SERVED)


def own_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app.partition(".")[0] in OWN_APPS)
