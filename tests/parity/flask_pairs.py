"""Flask's side of a page of pairs: python -m tests.parity.flask_pairs PAGE, in .venv-flask."""

import sys
from types import ModuleType
from typing import Any

from flask import Flask, render_template_string
from jinja2 import DictLoader

from tests.parity.pairs import evaluated, main


class FlaskSide:
    name = "flask"

    def __init__(self) -> None:
        self.templates: dict[str, str] = {}
        blog = sys.modules["blog"] = ModuleType("blog")
        self.app = blog.app = Flask("blog", root_path="/nonexistent")
        self.app.secret_key = "asdfasdf"
        self.app.jinja_loader = DictLoader(self.templates)
        self.app.logger.disabled = True
        self.names = vars(blog)

    def sample(self, code: str) -> None:
        self.app._got_first_request = False  # the next section of the page adds routes
        with self.app.app_context():
            exec(compile(code, "sample", "exec"), self.names)

    def template(self, name: str, code: str) -> None:
        self.templates[name] = code.rstrip("\n")

    def client(self) -> Any:
        client = self.app.test_client()
        open_of_flask = client.open
        client.open = lambda method, path, **given: open_of_flask(path, method=method, **given)
        return client

    def run(self, code: str) -> Any:
        with self.app.test_request_context():
            return evaluated(code, self.names)

    def render(self, source: str) -> str:
        with self.app.test_request_context():
            return render_template_string(source, **self.names.get("context", {}))


if __name__ == "__main__":
    main(FlaskSide)
