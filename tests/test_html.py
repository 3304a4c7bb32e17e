"""Each page is sound HTML: strictly parsed, well referenced, well headed."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
from django.test import Client, RequestFactory

from articles.models import Article, Tag
from core.http import error_pages
from deploy.processes import ROOT
from tests.factories import PASSWORD, make_article, make_user

pytestmark = pytest.mark.django_db
TEMPLATES = ROOT / "templates"
BODY = """\
## First

| a | b |
|---|:-:|
| 1 | 2 |

```python
print("你好")
```

### Second

Text with a note.[^1] <details><summary>More</summary>Hidden *text*.</details>

## Third

> Quoted -- <kbd>Ctrl</kbd>

[^1]: The note.
"""
NO_FORM = ["/", "/articles", "{article}", "/authors/alice_writes/", "/tags/", "/tags/mysql/"]
NO_FORM += ["/archive/", "/archive/2026/", "/about/", "/nothing/here/", "/docs/", "/docs/pool/"]
FORMS = ["/login", "/register"]
ALICES = ["{own}edit/", "{own}delete/", "{article}", "/", "/articles/mine/", "/articles/new/"]
ALICES += ["/account/profile/", "/account/password/", "{own}history/", "/articles/mine/trash/"]
ALICES += ["/articles/mine/images/"]
ADMINS = "/admin/articles/article/add/"
SENT = {
    "/login": {"name": "bob1", "pwd": "short"},
    "/register": {"username": "bob1", "pwd": PASSWORD, "pwd_again": "other"},
    "/articles/new/": {"title": "", "body": BODY, "preview": ""},
    "/account/profile/": {"email": "nowhere"},
    "/account/password/": {"old_pwd": "wrong", "pwd": "short", "pwd_again": ""},
}
EMPTY = ["/", "/articles", "/tags/", "/archive/"]


@pytest.fixture
def article():
    alice = make_user("alice_writes", bio="Writes.\n\nMuch.")
    for number in range(21):
        make_article(alice, title=f"<b> & “{number}”", publish_at="2026-01-02T00:00Z").tags.set(
            Tag.objects.named(["MySQL", "缓存"])
        )
    article = make_article(alice, title="长 & long", body=BODY, publish_at="2026-03-02T00:00Z")
    article.tags.set(Tag.objects.named(["MySQL"]))
    return article


@pytest.fixture(params=["en", "zh-hans"])
def visitor(request: pytest.FixtureRequest) -> Client:
    return Client(headers={"Accept": "text/html", "Accept-Language": request.param})


@pytest.fixture
def author(visitor: Client, article: Article) -> Client:
    visitor.force_login(article.author)
    return visitor


def address(path: str, article: Article) -> str:
    return path.format(article=article.get_absolute_url(), own=f"/articles/{article.pk}/")


@pytest.mark.parametrize("path", [*NO_FORM, *FORMS, "/articles?page=2"])
def test_pages_of_an_anonymous_visitor(visitor: Client, article: Article, settings, path: str):
    settings.INKPOOL_REGISTRATION = "open"
    check(visitor.get(address(path, article)).content.decode())


@pytest.mark.parametrize("path", EMPTY)
def test_pages_without_content(visitor: Client, path: str):
    check(visitor.get(path).content.decode())


def test_closed_registration(visitor: Client):
    check(visitor.get("/register").content.decode())


@pytest.mark.parametrize("path", ALICES)
def test_an_authors_pages(author: Client, article: Article, path: str):
    check(author.get(address(path, article)).content.decode())


@pytest.mark.parametrize("path", SENT)
def test_forms_that_come_back(author: Client, settings, path: str):
    settings.INKPOOL_REGISTRATION = "open"
    answer = author.post(path, SENT[path])
    assert answer.status_code == 200
    check(answer.content.decode())


@pytest.mark.parametrize(
    "view",
    [
        error_pages.bad_request,
        error_pages.permission_denied,
        error_pages.csrf_failure,
        error_pages.page_not_found,
        error_pages.server_error,
        error_pages.unavailable,
    ],
)
def test_error_pages(view):
    request = RequestFactory().get("/", headers={"Accept": "text/html"})
    check(view(request).content.decode())


@pytest.mark.parametrize("path", ["/articles/new/", "/account/profile/", ADMINS])
def test_error_pages_that_give_a_form_back(path):
    fields = {"title": "T", "body": BODY, "bio": "B", "tags": ["1", "2"], "_save": ""}
    request = RequestFactory().post(path, fields, headers={"Accept": "text/html"})
    for answer in (error_pages.unavailable(request), error_pages.session_ended(request)):
        page = answer.content.decode()
        assert "data-keep-changes" in page
        check(page)


@pytest.mark.parametrize("path", NO_FORM)
def test_page_without_form_sets_no_cookie_and_has_no_token(
    visitor: Client, article: Article, path: str
):
    answer = visitor.get(address(path, article))
    assert not answer.cookies
    assert "csrf" not in answer.content.decode()


def check(html: str) -> None:
    """What holds on every page."""
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert root.get("lang")
    assert words(root.find("head/title")).removesuffix(" · Inkpool")
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert sorted(ids) == sorted(set(ids))
    assert set(references(root)) <= set(ids)
    levels = [int(element.tag[1]) for element in root.iter() if is_heading(element)]
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in zip([0, *levels], levels, strict=False))
    assert all(words(element) for element in root.iter() if is_heading(element))


def is_heading(element: Element) -> bool:
    return re.fullmatch("h[1-6]", str(element.tag)) is not None


def words(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def references(root: Element) -> Iterator[str]:
    for element in root.iter():
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            yield from element.get(name, "").split()
        if element.get("href", "").startswith("#"):
            yield element.get("href", "")[1:]


def test_each_class_in_a_template_has_a_style() -> None:
    styles = (TEMPLATES.parent / "core/static").rglob("*.css")
    styled = {name for file in styles for name in re.findall(r"\.([a-z][\w-]*)", file.read_text())}
    for file in TEMPLATES.rglob("*.html"):
        if TEMPLATES / "admin" in file.parents:  # with the admin's own styles
            continue
        for value in re.findall(r'class="([^"]*)"', file.read_text()):
            fixed = re.sub(r"\S*{{.*?}}\S*|{%.*?%}", " ", value)
            assert set(fixed.split()) <= styled, file
