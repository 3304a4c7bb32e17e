"""The check of names in docs refuses a misspelt name of each kind and accepts the right one."""

import pytest

from tests.docs_names import faults

RIGHT_AND_WRONG = [
    ("`CACHE_URL`", "`CASHE_URL`"),
    ("`RUN_DIR`", "`RUNS_DIR`"),
    ("`RUN_DIR/counters`", "`RUNS_DIR/counters`"),
    ("`DATABASE_URL_FILE`", "`DATABASE_URI_FILE`"),
    ("`SESSION_TYPE`", "`SESSION_TIPE`"),
    ("`SESSION_COOKIE_AGE = 60`", "`SESSION_COOKY_AGE = 60`"),
    ("```\nREDIS_URL=x make stack\n```", "```\nREDDIS_URL=x make stack\n```"),
    ("```yaml\nMETRICS_KEY: x\n```", "```yaml\nMETRIC_KEY: x\n```"),
    ("`/login`", "`/logn`"),
    ("`POST /logout`", "`POST /logut`"),
    ("`/articles?page=2`", "`/artikles?page=2`"),
    ("`/about`", "`/abut`"),
    ("`/livez`", "`/lifez`"),
    ("`/admin/`", "`/admin/nothing/`"),
    ("`/docs/pool/`", "`/docs/pol/`"),
    ("```\ncurl http://127.0.0.1:8000/login\n```", "```\ncurl http://127.0.0.1:8000/logn\n```"),
    ("`curl -I http://127.0.0.1:8000/article`", "`curl -I http://127.0.0.1:8000/artcle`"),
    ("`core.caching`", "`core.cashing`"),
    ("`core.caching.cached`", "`core.caching.cashed`"),
    ("`with core.g.context():`", "`with core.g.contxt():`"),
    ("`core.signals.request_tearing_down`", "`core.signals.request_tear_down`"),
    ("`accounts.LoginSession`", "`accounts.LoginSesion`"),
    ("`python -m tests.services x`", "`python -m tests.servises x`"),
    ("`core.E020`", "`core.E999`"),
    ("`python manage.py bench`", "`python manage.py bensh`"),
    ("`python manage.py pool_status --watch`", "`python manage.py pool_status --wach`"),
    ("```\npython manage.py signals --heard\n```", "```\npython manage.py signals --herd\n```"),
    ("`--password-stdin`", "`--pasword-stdin`"),
    ("## warm_cache\n\n`--times N`", "## warm_cache\n\n`--json`"),
    ("`make bench`", "`make bensh`"),
    ("`core/g.py`", "`core/gg.py`"),
    ("`core/sessions/`", "`core/sesions/`"),
    ("`tests/parity/flask_….py`", "`tests/parity/falsk_….py`"),
    ("`urls.py`", "`url.py`"),
    ("`templates/base.html`", "`template/base.html`"),
]


@pytest.mark.parametrize(("right", "wrong"), RIGHT_AND_WRONG, ids=str)
def test_misspelt_name_is_refused(right: str, wrong: str):
    assert faults(right) == []
    assert len(faults(wrong)) == 1


@pytest.mark.parametrize("kind", ["python flask", "python flask-script"])
def test_flask_samples_are_not_checked(kind: str):
    assert faults(f"```{kind}\nCASHE_URL\n```") == []


def test_text_outside_code_marks_is_not_checked():
    assert faults("CASHE_URL, /logn and core.cashing") == []
