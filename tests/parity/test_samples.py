"""Flask's side of each page of docs/, run on the real packages: it does what the page says.

The pages of pairs are run by test_pairs.py.
"""

from pathlib import Path

import pytest

from tests.parity.book import same
from tests.parity.conftest import SCRIPT, Flask
from tests.parity.pairs import pages
from tests.test_docs_samples import SAMPLES

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
SUBJECT = "samples"
PAIRS = {f"docs/{folder}{page}.md" for folder in ("", "zh-hans/") for page in pages()}
OF_FLASK = [
    each for each in SAMPLES if each.kind.startswith("python flask") and each.page not in PAIRS
]
PLACES = sorted({(each.page, each.kind) for each in OF_FLASK})
# Page: what is found once its samples have run, by which function of flask_samples.py.
FOUND = {
    "commands-flask": ("commands", "123\n"),
    "forms": (
        "forms",
        [
            {"name": ["用户名长度必须大于6且小于18"], "pwd": ["密码不能为空."]},
            {"name": ["该用户名已被占用"], "again": ["两次密码不一致"]},
        ],
    ),
    "g": ("g", "lqz"),
    "sessions-flask": ("sessions", ["lqz", 1, "RedisSessionInterface"]),
    "sessions-source": ("planted", "lqz"),
}
SAID = {"signals": "triggered (1,) {'k': '2'}\n"}


@pytest.fixture(scope="module")
def flask_script(environments, django_db_setup):
    side = Flask(SUBJECT, SCRIPT)
    yield side
    side.stop()


def codes(page, kind):
    return [each.code for each in OF_FLASK if (each.page, each.kind) == (page, kind)]


@pytest.mark.parametrize(("page", "kind"), PLACES)
def test_they_run(flask, flask_script, page, kind):
    name = Path(page).stem
    if kind == "python flask-script":
        shown = flask_script("shown", samples=codes(page, kind), name="script")
        same(f"{page}: Flask-Script's sample", "123\n", shown["found"])
        return
    finds, found = FOUND.get(name, ("", None))
    shown = flask("shown", samples=codes(page, kind), name=finds)
    assert shown["said"] == SAID.get(name, "")
    same(f"{page}: what the samples for Flask do", found, shown["found"])


def test_no_page_is_forgotten():
    assert {Path(page).stem for page, _ in PLACES} >= FOUND.keys() | SAID.keys()
