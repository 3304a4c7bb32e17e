"""The notes' manage.py of Flask-Script, typed as they say: python flask_manager.py custom 123.

Python 3.11 took inspect.getargspec away, which Flask-Script calls. Nothing else is given to it.
"""

import inspect
import sys

from flask import Flask, has_app_context, has_request_context

if not hasattr(inspect, "getargspec"):
    inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]  # type: ignore

from flask_script import Manager, Server, Shell, prompt

app = Flask(__name__)
manager = Manager(app)
manager.add_command("runserver", Server(host="127.0.0.1"))
manager.add_command("shell", Shell(make_context=lambda: {"app": app}))
app.add_url_rule("/livez", "livez", lambda: "ok")


@manager.command
def custom(arg):
    """自定义命令
    python manage.py custom 123
    """
    print(arg)


@manager.option("-n", "--name", dest="name", default="lqz")
@manager.option("-t", "--times", dest="times", type=int, default=1)
def cmd(name, times):
    print(name * times)


@manager.command
def shout(arg, loud=False):
    print(arg.upper() if loud else arg)


@manager.command
def refuses():
    sys.exit("no such article")


@manager.command
def fails():
    raise ValueError("fails")


@manager.command
def returns():
    return 3


@manager.command
def contexts():
    print(f"g: {has_app_context()}, request: {has_request_context()}")


@manager.command
def asks():
    print(prompt("name"))


if __name__ == "__main__":
    manager.run()
