"""The program of docs/hello.md runs in a process of its own and answers like Flask's."""

import subprocess
import sys

from tests.test_docs_samples import SAMPLES

(PROGRAM,) = (
    sample.code
    for sample in SAMPLES
    if sample.page == "docs/hello.md" and "settings.configure" in sample.code
)
REQUEST = """
import django
from django.test import Client

django.setup()
print(Client().get("/hello/lqz").content.decode(), Client().get("/hello/<b>").content.decode())
"""


def test_one_file_program_answers(tmp_path):
    (tmp_path / "hello.py").write_text(PROGRAM)
    command = [sys.executable, "-c", f"import hello{REQUEST}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.stdout == "Hello, lqz! Hello, &lt;b&gt;!\n", done.stderr


def test_its_command_line_is_that_of_manage_py(tmp_path):
    (tmp_path / "hello.py").write_text(PROGRAM)
    command = [sys.executable, "hello.py", "check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
    assert "no issues" in done.stdout, done.stderr
