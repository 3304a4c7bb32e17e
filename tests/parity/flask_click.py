"""The notes' commands of Click, typed as they say: flask --app flask_click custom 123."""

import click
from flask import Flask, has_app_context, has_request_context

app = Flask(__name__)
app.add_url_rule("/livez", "livez", lambda: "ok")


@app.cli.command("custom")
@click.argument("arg")
def custom(arg):
    """flask custom 123"""
    print(arg)


@app.cli.command("create-user")
@click.argument("name")
def create_user(name):
    print(name)


@app.cli.command("cmd")
@click.option("-n", "--name", default="lqz")
@click.option("-t", "--times", type=int, default=1)
def cmd(name, times):
    print(name * times)


@app.cli.command("shout")
@click.argument("arg")
@click.option("--loud", is_flag=True)
def shout(arg, loud):
    print(arg.upper() if loud else arg)


@app.cli.command("refuses")
def refuses():
    raise click.ClickException("no such article")


@app.cli.command("fails")
def fails():
    raise ValueError("fails")


@app.cli.command("returns")
def returns():
    return 3


@app.cli.command("contexts")
def contexts():
    print(f"g: {has_app_context()}, request: {has_request_context()}")


@app.cli.command("asks")
def asks():
    print(click.prompt("name"))
