"""Commands like those of flask_manager.py and flask_click.py, as Django has them written."""

import sys

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Cmd(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("-n", "--name", default="lqz")
        parser.add_argument("-t", "--times", type=int, default=1)

    def handle(self, *, name, times, **options):
        self.stdout.write(name * times)


class Shout(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("arg")
        parser.add_argument("--loud", action="store_true")

    def handle(self, *, arg, loud, **options):
        self.stdout.write(arg.upper() if loud else arg)


class Refuses(BaseCommand):
    def handle(self, **options):
        raise CommandError("no such article")


class Fails(BaseCommand):
    def handle(self, **options):
        raise ValueError("fails")


class Returns(BaseCommand):
    def handle(self, **options):
        return "3"


COMMANDS = {each.__name__.lower(): each for each in BaseCommand.__subclasses__()}

if __name__ == "__main__":
    settings.configure()
    django.setup()
    COMMANDS[sys.argv[1]]().run_from_argv(sys.argv)
