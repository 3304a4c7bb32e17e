"""Signed-in readers are answered from kept pages with what the whole stack would answer."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from threading import get_ident
from typing import Any, NamedTuple

import pytest
from django.conf import settings as site_settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.core.signals import request_finished, request_started
from django.db import OperationalError, transaction
from django.dispatch import Signal
from django.http import HttpResponse
from django.middleware.csrf import _unmask_cipher_token
from django.test import Client

from accounts import devices
from accounts.models import User
from accounts.reauthentication import SIGNED_IN_AT
from articles.models import Article, Tag
from core.http.failure_log import Kinds
from core.invalidation import broadcast
from core.page_cache import common_pages, reader_pages, reader_parts
from core.page_cache.checks import skipped_middleware
from core.page_cache.common_pages import commons
from core.roles import EDITOR
from core.sessions import signed_cookie
from core.sessions.backend import SessionStoreUnavailable
from core.sessions.inspection import session_store
from core.signals import request_tearing_down
from core.workers.worker_threads import worker
from tests.core.page_cache.cached_client import CachedClient
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")(\w{64})')
OF_ONE_ANSWER = {"X-Request-ID", "Server-Timing"}
PEOPLE = ("Charlie", "Alice", "Bob", "Dana", "Erin")
LANGUAGES = [{}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}, {"HTTP_ACCEPT": "application/json"}]


@pytest.fixture(autouse=True)
def kept_in_memory(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.INKPOOL_PAGE_CACHE = True
    monkeypatch.setattr(broadcast, "is_up", lambda: True)  # a server hears the other hosts
    commons.clear()
    yield
    commons.clear()


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each kept page that a session asks for: whether it was sent in front of Django."""
    stock, seen = reader_pages.body_of, []

    def noted(*args: Any) -> bytes | None:
        body: bytes | None = None
        try:
            body = stock(*args)
        finally:
            seen.append(body is not None)
        return body

    monkeypatch.setattr(reader_pages, "body_of", noted)
    return seen


@pytest.fixture
def article() -> Article:
    alice = make_user("alice_writes", display_name="Alice <A>")
    article = make_article(alice, title="The first one", body="# One\n\n**x**\n\n# Two\n")
    article.tags.set(Tag.objects.named(["mysql"]))
    make_article(alice, title="A draft", status="draft")
    make_article(make_user("bob_reads"), title="Bob's own")
    make_user("dana_staff", is_staff=True, is_superuser=True)
    erin = make_user("erin_edits", is_staff=True)
    erin.groups.add(Group.objects.get(name=EDITOR))
    make_article(alice, title="A hidden one", status="hidden", hidden_reason="For now.")
    return article


ACCOUNTS = {"Alice": "alice_writes", "Bob": "bob_reads", "Dana": "dana_staff", "Erin": "erin_edits"}


def browser(name: str, settled: bool = True) -> Client:
    """The browser of one of PEOPLE; settled: it has its CSRF cookie, and its use was noted.

    Charlie's is answered by Django: what anonymous visitors get is tested in test_serving.py."""
    client = CachedClient() if name in ACCOUNTS else Client()
    if name in ACCOUNTS:
        client.force_login(User.objects.get(username=ACCOUNTS[name]))
        if settled:
            client.get("/about/")
    return client


def pages(article: Article) -> list[str]:
    draft, hidden = (Article.objects.get(title=f"A {each}") for each in ("draft", "hidden one"))
    own = article.get_absolute_url()
    return [
        "/", "/articles", "/articles/", "/articles?page=2", "/article", own, f"{own}?x=1",
        f"/articles/{article.pk}/wrong/", draft.get_absolute_url(),
        hidden.get_absolute_url(), "/authors/alice_writes/",
        "/authors/ALICE_WRITES/", "/authors/dana_staff/", "/tags/", "/tags/mysql/", "/archive/",
        f"{article.publish_at:/archive/%Y/}", f"{article.publish_at:/archive/%Y/%m/}", "/about/",
        "/docs/", "/docs/pool/", "/feeds/atom/", "/sitemap.xml", "/robots.txt", "/nothing/",
    ]  # fmt: skip


def alike(response: Any, path: str = "") -> tuple[Any, ...]:
    """All of an answer but what differs from one to the next."""
    secret = response.client.cookies.get(site_settings.CSRF_COOKIE_NAME)

    def unmasked(found: re.Match[str]) -> str:
        assert secret is not None and _unmask_cipher_token(found[2]) == secret.value
        return f"{found[1]}TOKEN"

    left_out = OF_ONE_ANSWER
    if path.startswith(("/feeds/", "/sitemap")):  # core.caching adds them to what it shares
        left_out = left_out | {"Vary", "Cache-Status"}
    if response.status_code == 301:  # made by a view whose pages ask for `signed_in`
        left_out = left_out | {"Vary"}
    headers = {name: value for name, value in response.items() if name not in left_out}
    body = TOKEN.sub(unmasked, response.content.decode()).replace(response["X-Request-ID"], "ID")
    return response.status_code, headers, sorted(response.cookies), body


def ordinary(monkeypatch: pytest.MonkeyPatch, client: Client, path: str, **asked: str) -> Any:
    """The answer of the whole stack, with a page that is rendered for this reader alone."""
    with monkeypatch.context() as patch:
        patch.setattr(common_pages, "common_key", lambda *args: None)
        patch.setattr(reader_pages, "page_of", lambda lookup: None)
        return client.get(path, **asked)


@pytest.mark.parametrize("asked", LANGUAGES, ids=["en", "zh", "json"])
def test_answer_is_that_of_the_whole_stack(
    article: Article,
    asked: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    answered: list[bool],
) -> None:
    """Each visitor comes to each page twice, after and before all others: the second time each
    reader is answered in front of Django."""
    clients = {name: browser(name) for name in PEOPLE}
    for path in pages(article):
        expected = {
            name: alike(ordinary(monkeypatch, client, path, **asked), path)
            for name, client in clients.items()
        }
        for order in (PEOPLE, PEOPLE[::-1]):
            answered.clear()
            for name in order:
                assert alike(clients[name].get(path, **asked), path) == expected[name], path
        is_kept = expected["Bob"][0] == 200
        assert answered == [True] * 4 if is_kept else not answered, path


def test_head_has_the_headers_of_the_page(article: Article, answered: list[bool]) -> None:
    bob = browser("Bob")
    page = [bob.get("/") for _ in range(2)][-1]
    head = bob.head("/")
    assert answered[-1] and head.content == b"" and head["X-Request-ID"]
    assert {**head.headers, "X-Request-ID": ""} == {**page.headers, "X-Request-ID": ""}


def flash(client: Client) -> None:
    client.cookies["messages"] = "x"


def store(values: dict[str, Any]) -> Callable[[Client], None]:
    def change(client: Client) -> None:
        session: Any = client.session
        session.update(values)
        session.save()

    return change


def renewal_due(client: Client) -> None:
    """A tenth of the cookie's life is over."""
    name = site_settings.SESSION_COOKIE_NAME
    cookie = signed_cookie.parse(client.cookies[name].value)
    assert cookie is not None
    client.cookies[name] = cookie._replace(issued=cookie.issued - 10**7).serialize()


def rotated(client: Client) -> None:
    """Another request of the browser has given the session a new ID; its cookie is on the way."""
    session: Any = client.session
    session.cycle_key()
    session.save()


def without(name: str) -> Callable[[Client], None]:
    return lambda client: client.cookies.pop(name)


def set_cookie(name: str, value: str) -> Callable[[Client], None]:
    return lambda client: client.cookies.__setitem__(name, value)


def change_bob(**values: Any) -> Callable[[Client], None]:
    return lambda client: User.objects.filter(username="bob_reads").update(**values) and None


def without_user(client: Client) -> None:
    session: Any = client.session
    for key in ("_auth_user_id", "_auth_user_backend", "_auth_user_hash"):
        del session[key]
    session.save()


def deleted(client: Client) -> None:
    Article.objects.filter(author__username="bob_reads").delete()
    User.objects.filter(username="bob_reads").delete()


STATES: dict[str, Callable[[Client], object]] = {
    "message in the session": store({"_messages": '[["__json_message",0,20,"Hello"]]'}),
    "unknown session key": store({"second_factor_pending": True}),
    "message in a cookie": flash,
    "cookie to be renewed": renewal_due,
    "no CSRF cookie": without(site_settings.CSRF_COOKIE_NAME),
    "damaged CSRF cookie": set_cookie(site_settings.CSRF_COOKIE_NAME, "short"),
    "CSRF cookie of an old Django": set_cookie(site_settings.CSRF_COOKIE_NAME, "a" * 64),
    "forged session cookie": set_cookie(site_settings.SESSION_COOKIE_NAME, "abc.x.1.def"),
    "session ended": lambda client: client.session.delete(),
    "session rotated": rotated,
    "session without a user": without_user,
    "use to be noted": lambda client: devices.updated_at.clear(),
    "deactivated": change_bob(is_active=False),
    "password changed": change_bob(password=make_password("Another1!")),
    "all sessions ended": change_bob(session_epoch=7),
    "deleted": deleted,
    "user's id is none": store({"_auth_user_id": "x"}),
    "unknown backend": store({"_auth_user_backend": "accounts.backends.Other"}),
    "own lifetime": lambda client: store({"_session_expiry": 1000})(client),
}


@pytest.mark.parametrize("page", ["front", "article"])
@pytest.mark.parametrize("state", STATES)
def test_any_other_state_takes_the_whole_stack(
    state: str, page: str, article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    """Bob's two browsers are brought into the same state; one is asked the other way. The article
    is asked for in Chinese."""
    path = article.get_absolute_url() if page == "article" else "/"
    asked = LANGUAGES[1] if page == "article" else {}
    first, second = browser("Bob"), browser("Bob")
    for client in (first, second):
        assert [client.get(path, **asked).status_code for _ in range(2)] == [200, 200]
    assert answered[-1]
    STATES[state](first)
    if state not in ("deactivated", "deleted"):
        STATES[state](second)
    monkeypatch.setattr(devices, "end_if_refused", lambda *args: None)  # ends the other one's too
    for _ in range(2):
        browser("Alice").get(path, **asked)  # in memory, after the state's writes
    answered.clear()
    answer = first.get(path, **asked)
    expected = ordinary(monkeypatch, second, path, **asked)
    assert alike(answer) == alike(expected) and not any(answered)


def test_change_of_permissions_shows_at_the_next_answer(
    article: Article, answered: list[bool]
) -> None:
    erin, path = browser("Erin"), article.get_absolute_url()
    user, may_view = (
        User.objects.get(username="erin_edits"),
        Permission.objects.get(codename="view_article"),
    )
    group = Group.objects.create(name="Editors of a test")
    user.groups.set([group])
    changes = (
        (user.user_permissions.add, True), (user.user_permissions.remove, False),
        (group.permissions.add, True), (group.permissions.remove, False),
    )  # fmt: skip
    for change, is_shown in changes:
        change(may_view)
        for _ in range(3):
            assert (b"team-bar" in erin.get(path).content) is is_shown
        assert answered[-1]


def test_thread_with_an_open_transaction_asks_the_whole_stack(
    bob_settled: Client, answered: list[bool]
) -> None:
    with transaction.atomic():
        assert bob_settled.get("/").status_code == 200
    assert not answered
    bob_settled.get("/")
    assert answered == [True]


@pytest.mark.parametrize("cookie", ["short", "", "-" * 32])
def test_damaged_csrf_cookie_is_replaced_also_by_a_page_without_parts(
    cookie: str, article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob, name = browser("Bob"), site_settings.CSRF_COOKIE_NAME
    for _ in range(2):
        bob.get("/feeds/atom/")
    for ask in (bob.get, partial(ordinary, monkeypatch, bob)):
        bob.cookies[name] = cookie
        assert name in ask("/feeds/atom/").cookies


def test_size_of_parts_counts_their_bytes(article: Article) -> None:
    User.objects.filter(username="bob_reads").update(display_name="中" * 80)
    bob = browser("Bob")
    bob.get("/")
    parts = list(reader_pages.kept_parts._pages.values())[-1]
    [shown] = [each for each in parts.texts if "中".encode() in each]
    assert len(shown) == 240 and parts.size > reader_parts.OWN_COST + len(parts.data) + 240


@pytest.mark.parametrize("engine", ["core.sessions.database", "core.sessions.redis"])
def test_thread_that_reads_a_session_from_the_database_counts_as_busy(
    engine: str, bob_settled: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, busy = session_store().backend, []
    stock = type(backend).read

    def noted(*args: Any) -> Any:
        busy.append(get_ident() in worker.requests())
        return stock(*args)

    monkeypatch.setattr(type(backend), "read", noted)
    monkeypatch.setattr(reader_pages, "session_store", lambda: Store(backend))
    settings.SESSION_ENGINE = engine
    settings.INKPOOL_SESSION_REDIS_URL = "redis://elsewhere"
    bob_settled.get("/")
    assert busy == [engine == "core.sessions.database"]


class Store(NamedTuple):
    backend: Any


@pytest.fixture
def bob_settled(article: Article) -> Client:
    client = browser("Bob")
    for _ in range(2):
        client.get("/")
    return client


@pytest.mark.parametrize("error", [SessionStoreUnavailable("away"), OperationalError(2006, "gone")])
def test_store_that_does_not_answer_is_asked_once_and_answered_with_a_503(
    error: Exception,
    bob_settled: Client,
    monkeypatch: pytest.MonkeyPatch,
    answered: list[bool],
) -> None:
    asked = []

    def fail(*args: Any) -> None:
        asked.append(args)
        raise error

    monkeypatch.setattr(type(session_store().backend), "read", fail)
    bob_settled.raise_request_exception = False
    response = bob_settled.get("/")
    assert (response.status_code, answered, len(asked)) == (503, [False], 1)
    assert site_settings.SESSION_COOKIE_NAME not in response.cookies
    assert "Content-Security-Policy" in response


def test_unexpected_error_is_logged_once_and_django_answers(
    bob_settled: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Any) -> None:
        raise ValueError("unexpected")

    monkeypatch.setattr(reader_pages, "failures", Kinds())
    monkeypatch.setattr(reader_pages, "is_settled", fail)
    pages = [bob_settled.get("/") for _ in range(3)]
    assert all(b"bob_reads" in page.content for page in pages)
    [record] = [each for each in caplog.records if each.name == reader_pages.__name__]
    assert (record.levelname, record.message) == ("ERROR", reader_pages.FAILED)
    assert record.exc_info and "unexpected" in str(record.exc_info[1])


def test_answer_in_front_of_django_has_a_request_id_and_sends_no_signal(
    bob_settled: Client, answered: list[bool]
) -> None:
    heard: list[Signal] = []

    def note(signal: Signal, **kwargs: Any) -> None:
        heard.append(signal)

    signals = request_started, request_finished, request_tearing_down
    for signal in signals:
        signal.connect(note)
    try:
        ids = [
            bob_settled.get("/", HTTP_X_REQUEST_ID=each)["X-Request-ID"] for each in ("abc", "<")
        ]
    finally:
        for signal in signals:
            signal.disconnect(note)
    assert ids[0] == "abc" and len(ids[1]) == 32
    assert (answered, heard) == ([True, True], [])


def test_answer_by_django_after_one_that_was_kept_counts_one_hit(
    bob_settled: Client, answered: list[bool]
) -> None:
    counters = common_pages.numbers
    for change, expected in ((lambda client: None, True), (STATES["own lifetime"], False)):
        change(bob_settled)
        before = counters.get("hits")
        bob_settled.get("/")
        assert (answered.pop(), counters.get("hits") - before) == (expected, 1)


def test_development_says_how_long_a_page_took(
    article: Article, settings: Any, answered: list[bool]
) -> None:
    settings.DEBUG = True
    bob = browser("Bob")
    assert all("total" in bob.get("/")["Server-Timing"] for _ in range(3)) and not answered


@pytest.mark.parametrize("agent", ["BadBot/1.0", "Firefox"])
def test_disallowed_user_agent_is_refused(article: Article, settings: Any, agent: str) -> None:
    settings.DISALLOWED_USER_AGENTS = [re.compile("^BadBot")]
    bob = browser("Bob")
    for _ in range(3):
        bob.get("/")
    status = 403 if agent.startswith("BadBot") else 200
    assert bob.get("/", HTTP_USER_AGENT=agent).status_code == status


def test_empty_host_is_refused(bob_settled: Client) -> None:
    assert bob_settled.get("/", HTTP_HOST="").status_code == 400


def test_app_may_allow_a_session_key(
    article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    monkeypatch.setattr(reader_pages, "allowed_keys", {*reader_pages.allowed_keys})
    bob = browser("Bob")
    store({"polls_seen": 3})(bob)
    for _ in range(3):
        bob.get("/")
    assert answered[-1] is False
    reader_pages.allow(session_keys=["polls_seen"])
    assert all(b"bob_reads" in bob.get("/").content for _ in range(2)) and answered[-1]


def unknown(get_response: Any) -> Any:
    return get_response


def test_unknown_middleware_takes_each_request_the_whole_way(
    article: Article, settings: Any, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    name = f"{__name__}.unknown"
    monkeypatch.setattr(reader_pages, "allowed_middleware", {*reader_pages.allowed_middleware})
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, name]
    for is_allowed in (False, True):
        bob = browser("Bob")
        for _ in range(2):
            bob.get("/")
        assert bool(answered) is is_allowed
        assert [each.id for each in skipped_middleware()] == ([] if is_allowed else ["core.W054"])
        reader_pages.allow(middleware=[name])


def test_check_names_a_middleware_that_pages_in_memory_skip(settings: Any) -> None:
    assert skipped_middleware() == []
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "polls.middleware.count_visits"]
    [found] = skipped_middleware()
    assert "'polls.middleware.count_visits'" in found.msg
    settings.INKPOOL_PAGE_CACHE = False
    assert skipped_middleware() == []


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Reader", "Bob"), ("Content-Security-Policy", "script-src 'nonce-abc'")],
)
def test_header_that_may_be_of_one_reader_takes_the_whole_way(
    header: str, value: str, article: Article
) -> None:
    page = commons_page(article)
    assert reader_pages.headers_for_readers(page, HttpResponse())
    assert reader_pages.headers_for_readers(page, HttpResponse(headers={header: value})) is None


def commons_page(article: Article) -> Any:
    browser("Charlie").get("/")
    [page] = [each for each in commons._pages.values() if each.match.view_name == "articles:index"]
    return page


@pytest.mark.parametrize("change", ["session", "cookie", "message"])
def test_parts_of_an_answer_that_changes_something_are_not_kept(
    change: str, article: Article, settings: Any, answered: list[bool]
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.changing"]
    settings.CHANGE = change
    with pytest.MonkeyPatch.context() as patch:
        allowed = {*reader_pages.allowed_middleware, f"{__name__}.changing"}
        patch.setattr(reader_pages, "allowed_middleware", allowed)
        bob = browser("Bob")
        pages = [bob.get("/").content for _ in range(3)]
    assert not any(answered)
    assert all((b"Hello, Bob" in page) is (change == "message") for page in pages)


def changing(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        if site_settings.CHANGE == "message":
            messages.info(request, "Hello, Bob")
        response = get_response(request)
        if site_settings.CHANGE == "session":
            request.session["_session_expiry"] = 1000
        if site_settings.CHANGE == "cookie":
            response.set_cookie("theme", "dark")
        return response

    return middleware


def test_what_is_written_about_a_reader_is_in_the_next_page(
    bob_settled: Client, answered: list[bool]
) -> None:
    User.objects.filter(username="bob_reads").update(display_name="Robert")
    for _ in range(3):
        assert b"Robert" in bob_settled.get("/").content
    assert answered[-1]
    other = Client()
    other.cookies = bob_settled.cookies.copy()  # type: ignore[assignment]
    bob_settled.post("/logout")
    for _ in range(2):
        assert b'class="account-link"' not in other.get("/").content


def test_header_that_is_too_long_is_refused(bob_settled: Client) -> None:
    assert bob_settled.get("/", HTTP_USER_AGENT="x" * 9000).status_code == 431


@pytest.fixture
def renders(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of parts of each rendering."""
    stock, seen = reader_parts.rendered, []

    def noted(parts: Any, *args: Any) -> list[str]:
        seen.append(len(parts))
        return stock(parts, *args)

    monkeypatch.setattr(reader_parts, "rendered", noted)
    return seen


def test_parts_are_rendered_once_until_the_session_is_saved_or_something_is_written(
    bob_settled: Client, renders: list[int]
) -> None:
    first, second = (alike(bob_settled.get("/")) for _ in range(2))
    assert first == second and not renders
    for change in (store({SIGNED_IN_AT: 1}), change_bob(display_name="Robert")):
        change(bob_settled)
        for _ in range(3):
            bob_settled.get("/")
        assert len(renders) == 1
        renders.clear()
    assert b"Robert" in bob_settled.get("/").content


def test_two_sessions_of_a_user_have_their_own_parts_and_tokens(
    bob_settled: Client, answered: list[bool]
) -> None:
    other = browser("Bob")
    pages = [alike(client.get("/")) for client in (bob_settled, other) * 2]
    assert all(page == pages[0] for page in pages) and all(answered[-2:])


def test_parts_that_cannot_be_kept_are_rendered_for_each_request(
    article: Article, monkeypatch: pytest.MonkeyPatch, answered: list[bool]
) -> None:
    monkeypatch.setattr(reader_parts, "allowed_processors", set())
    bob = browser("Bob")
    expected = alike(ordinary(monkeypatch, bob, "/"))
    for _ in range(3):
        assert alike(bob.get("/")) == expected
    assert answered and not any(answered)


def test_guard_around_a_public_view_is_asked_for_each_reader(
    article: Article, answered: list[bool], settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.core.page_cache.guarded_urls"
    alice, bob = browser("Alice"), browser("Bob")
    for _ in range(3):
        assert alice.get("/guarded/").content == b"for Alice"
    assert bob.get("/guarded/").status_code == 302
    assert answered == []
