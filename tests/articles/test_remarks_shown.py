"""Remarks on a text, in the editor and by the import."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from articles.models import Article
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TEXT = '{{<music id="123">}}\n\n![x](http://a.example/b.png)\n\n<script>x</script>'
SHORTCODES = "Shortcodes are shown as they were written: {{<music id="
INSECURE = "Pictures are loaded over https instead of http: http://a.example/b.png"


def form(body: str, button: str) -> dict[str, str]:
    return {"title": "Pools", "tags": "", "summary": "", "body": body, button: ""}


def told(alice_client: Client, button: str) -> str:
    page = alice_client.post("/articles/new/", form(TEXT, button), follow=True).content.decode()
    return page.replace("&lt;", "<").replace("&quot;", '"')


@pytest.mark.parametrize("button", ["preview", "save", "publish"])
def test_editor_remarks_on_changed_markup(alice_client: Client, button: str) -> None:
    page = told(alice_client, button)
    assert page.count(SHORTCODES) == 1
    assert page.count(INSECURE) == 1


def test_editor_escapes_markup_in_remarks(alice_client: Client) -> None:
    body = '{{< x "<b onclick=y>" >}}'
    page = alice_client.post("/articles/new/", form(body, "preview")).content.decode()
    assert "<b onclick" not in page


def test_editor_has_no_remark_on_an_ordinary_text(alice_client: Client) -> None:
    answer = alice_client.post("/articles/new/", form("Some *text*.", "save"), follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["Saved."]


def imported(folder: Path, *options: str) -> str:
    err = StringIO()
    call_command(
        "import_articles",
        str(folder),
        "--author=alice_writes",
        *options,
        stdout=StringIO(),
        stderr=err,
    )
    return err.getvalue()


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_import_remarks_on_changed_markup(tmp_path: Path, options: list[str]) -> None:
    make_user("alice_writes")
    (tmp_path / "one.md").write_text(f"---\ntitle: One\ndate: 2020-01-02\n---\n{TEXT}\n")
    (tmp_path / "two.md").write_text("---\ntitle: Two\ndate: 2020-01-02\n---\nText.\n")
    err = imported(tmp_path, *options)
    assert f"one.md: {SHORTCODES}" in err
    assert f"one.md: {INSECURE}" in err
    assert "two.md" not in err


def test_import_has_no_remark_on_a_file_left_alone(tmp_path: Path) -> None:
    make_user("alice_writes")
    file = tmp_path / "one.md"
    file.write_text(f"---\ntitle: One\ndate: 2020-01-02\n---\n{TEXT}\n")
    imported(tmp_path)
    article = Article.objects.get()
    article.body = "Edited."
    article.save()
    file.write_text(f"---\ntitle: One\ndate: 2020-01-02\n---\n{TEXT} More.\n")
    assert SHORTCODES not in imported(tmp_path)
