import re
from keyword import iskeyword
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.cli.app_skeleton import Skeleton
from core.cli.base_command import SiteCommand
from core.cli.console import say
from core.cli.option_types import allowed

TEMPLATE = Path(__file__).parents[2] / "app_template"
LONGEST = 30  # characters: names of tables and indexes begin with it, and MySQL allows them 64


class Command(SiteCommand):
    help = gettext_lazy(
        """\
Make a new app of this site: the folders NAME/, templates/NAME/ and tests/NAME/ with
a page at /NAME/ and its test, and the lines that make it part of the site, in
core/settings.py, core/urls.py and on the map of docs/architecture.md. The checks of
`make test` pass at once. docs/build-an-app.md goes on from there.

Prints the files that it wrote. Exits 1, and writes nothing, if the name is taken.
"""
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        words = _(
            "a lower-case letter, then such letters, digits and _, at most %d, no Python keyword"
        )
        name = allowed(str, is_name, words % LONGEST)
        parser.add_argument("name", metavar="NAME", type=name, help=_("name of the app"))
        parser.add_argument(
            "--template",
            metavar="FOLDER",
            type=allowed(Path, Path.is_dir, _("a folder")),
            default=TEMPLATE,
            help=_("make the app from this folder, laid out as core/app_template/"),
        )

    def handle(self, *, name: str, template: Path, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        skeleton = Skeleton(name, root, template)
        skeleton.write()
        for path in (*skeleton.new, *skeleton.changed):
            self.stdout.write(str(path.relative_to(root)))
        say(self.stderr, _("The page is /%s/; python manage.py runserver shows it.") % name)


def is_name(text: str) -> bool:
    is_plain = re.fullmatch(r"[a-z][a-z0-9_]*", text) is not None
    return is_plain and len(text) <= LONGEST and not iskeyword(text)
