"""Every page of the site, and the steps that open it."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urljoin

from playwright.sync_api import Page

from deploy.processes import ROOT
from tests.browser.site import LoopbackSite, sign_in
from tests.site import PASSWORD


class Visit(NamedTuple):
    path: str  # may hold {article} and the other places of LoopbackSite.show()
    name: str = ""  # the account that is signed in, if any
    act: Callable[[Page], None] = lambda page: None
    prepare: Callable[[Page, LoopbackSite], None] = lambda page, site: None

    def go(self, page: Page, site: LoopbackSite) -> None:
        self.prepare(page, site)
        page.goto(self.path.format_map(site.places))
        self.act(page)


def submit(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def save_nothing(page: Page) -> None:
    submit(page)
    page.locator(
        "[aria-invalid=true]"
    ).first.wait_for()  # the editor opens a refusal after a moment


def wrong_sign_in(page: Page) -> None:
    sign_in(page, BOB, "Wrong&Password1$")


def two_passwords(page: Page) -> None:
    page.locator("[name=pwd]").fill(PASSWORD)
    page.locator("[name=pwd_again]").fill("Another&Password1$")
    submit(page)


def signed_in_long_ago(page: Page, site: LoopbackSite) -> None:
    """Signs Bob in, longer ago than SESSION_REAUTH_AFTER."""
    page.goto("/login")
    sign_in(page, BOB)
    page.wait_for_url("/")
    cookie = next(each for each in page.context.cookies() if each["name"] == "sessionid")
    site.shell(
        "from core.sessions.database import SessionStore\n"
        f"session = SessionStore({cookie['value']!r})\n"
        "session['signed_in_at'] -= 3600\n"
        "session.save()"
    )


def dana_signs_in(page: Page, site: LoopbackSite) -> None:
    site.manage("create_user", DANA, "--staff", "--exist-ok", DJANGO_USER_PASSWORD=PASSWORD)
    page.goto("/login")
    sign_in(page, DANA)
    page.wait_for_url("/")


def preview(page: Page) -> None:
    page.locator("[name=title]").fill("连接池 and a draft")
    page.locator("[name=body]").fill(LONG)
    page.locator("[name=preview]").click()


def save(page: Page) -> None:
    """Saves in place, as the editor does with JavaScript."""
    page.locator("[name=save]").click()
    page.locator(".save-status:is([data-state=Saved], [data-state=Updated])").wait_for()


def save_and_leave(page: Page) -> None:
    save(page)
    page.locator("[data-leave]").click()


def save_in_two_windows(page: Page) -> None:
    page.locator("[name=title]").fill("A draft in two windows")
    page.locator("[name=body]").fill("Text. 正文。")
    save(page)
    other = page.context.new_page()
    other.goto(page.url)
    for window, words in [(other, "Saved first."), (page, "Saved second.")]:
        window.locator("[name=body]").fill(words)
        if window is other:
            save(window)
    page.locator("[name=save]").click()
    page.locator(".conflict-panel").wait_for()
    other.close()


def new_draft(page: Page) -> None:
    page.locator("[name=title]").fill("A draft with a history")
    page.locator("[name=body]").fill("The pool is full.\n\n连接池已经满了。\n\nThe end.")
    save_and_leave(page)


def leave_unsaved(page: Page) -> None:
    new_draft(page)
    page.locator(".owner-bar a").first.click()
    page.locator("[name=body]").fill("The pool was full.\n\n连接池快要满了。\n\nThe end.")
    page.locator(".save-status[data-state=Kept]").wait_for()
    page.reload()


def leave_on_device(page: Page) -> None:
    page.route("**/autosave/", lambda route: route.abort())
    page.locator("[name=body]").fill("Typed offline. 离线时写的。")
    page.locator(".save-status[data-state=Offline]").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/articles/mine/")
    page.locator("#device-texts li").wait_for()


def open_history(page: Page) -> None:
    new_draft(page)
    page.locator(".owner-bar a").first.click()
    page.locator("[name=body]").fill("The pool was full.\n\n连接池快要满了。\n\nThe end. 完")
    save_and_leave(page)
    page.locator(".owner-bar a[href$='/history/']").click()


def open_revision(page: Page) -> None:
    open_history(page)
    page.locator(".history-list a").first.click()


def open_trash(page: Page) -> None:
    new_draft(page)
    page.locator(".owner-bar a[href$='/delete/']").click()
    submit(page)
    page.goto("/articles/mine/trash/")


def upload_a_picture(page: Page) -> None:
    page.locator("[name=file]").set_input_files(ROOT / "docs" / "images" / "front-en-light.png")
    page.locator("[name=alt]").fill("The front page, 首页")
    submit(page)


def choose_pictures(page: Page) -> None:
    files = [
        ROOT / "docs" / "images" / f"{name}.png" for name in ("front-en-light", "article-zh-dark")
    ]
    page.locator("#picture-dialog [type=file]").set_input_files(files)
    page.locator("[data-alt]").first.fill("The front page, 首页")
    page.locator("[data-upload]").click()  # the second one is not described yet


def editor_signs_in(page: Page, site: LoopbackSite) -> None:
    site.manage("create_user", EDITOR, "--staff", "--exist-ok", DJANGO_USER_PASSWORD=PASSWORD)
    site.shell(
        "from django.contrib.auth.models import Group\n"
        "from accounts.models import User\n"
        f"Group.objects.get(name='editor').user_set.add(User.objects.get(username={EDITOR!r}))"
    )
    page.goto("/login")
    sign_in(page, EDITOR)
    page.wait_for_url("/")


def hide_without_reason(page: Page) -> None:
    page.locator(".team-bar a[href$='/hide/']").click()
    submit(page)


def lose_the_cookie(page: Page) -> None:
    page.context.clear_cookies(name="csrftoken")
    submit(page)


def send_signed_out(page: Page) -> None:
    page.locator("[name=title]").fill("连接池 and a draft")
    page.locator("[name=body]").fill(LONG)
    page.locator("[name=tags]").fill("MySQL，缓存")
    page.context.clear_cookies(name="sessionid")
    page.locator("[name=publish]").click()


def sign_in_elsewhere(page: Page) -> None:
    """Signs the same account in on a phone, while its list of devices is open."""
    page.goto("/account/password/")
    name = page.locator("[autocomplete=username]").first.input_value()
    assert page.context.browser
    with page.context.browser.new_context(user_agent=PHONE) as phone:
        other = phone.new_page()
        other.goto(urljoin(page.url, "/login"))
        sign_in(other, name)
        other.locator(".account-link").wait_for()
    page.goto("/account/sessions/")


def end_elsewhere(page: Page) -> None:
    sign_in_elsewhere(page)
    page.locator(".device-row a").first.click()


def end_everywhere_else(page: Page) -> None:
    sign_in_elsewhere(page)
    page.locator(".title-row a").click()


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1"
ALICE, BOB, DANA = "alice_writes", "bob_reads", "dana_staff"  # Bob has written nothing
EDITOR = "dora_edits"
VISITS = {
    "front": Visit("/"),
    "list": Visit("/articles"),
    "list-2": Visit("/articles?page=2"),
    "article": Visit("{article}"),
    "article-own": Visit("{article}", ALICE),
    "author": Visit("/authors/{author}/"),
    "tags": Visit("/tags/"),
    "tag": Visit("/tags/mysql/"),
    "archive": Visit("/archive/"),
    "period": Visit("/archive/{year}/"),
    "search": Visit("/search/?q=some+文字&year={year}"),
    "search-none": Visit("/search/?q=zzz&language=en"),
    "about": Visit("/about/"),
    "docs": Visit("/docs/"),
    "docs-sql": Visit("/docs/sql/"),
    "docs-try": Visit("/docs/try/", act=submit, prepare=dana_signs_in),
    "login": Visit("/login"),
    "login-errors": Visit("/login", act=submit),
    "login-wrong": Visit("/login", act=wrong_sign_in),
    "register": Visit("/register"),
    "register-errors": Visit("/register", act=two_passwords),
    "profile": Visit("/account/profile/", ALICE),
    "password": Visit("/account/password/", ALICE),
    "password-errors": Visit("/account/password/", ALICE, two_passwords),
    "confirm": Visit("/account/confirm/", prepare=signed_in_long_ago),
    "confirm-errors": Visit("/account/confirm/", act=submit, prepare=signed_in_long_ago),
    "sessions": Visit("/account/sessions/", ALICE, sign_in_elsewhere),
    "sessions-empty": Visit("/account/sessions/", BOB),
    "sessions-end": Visit("/account/sessions/", ALICE, end_elsewhere),
    "sessions-end-others": Visit("/account/sessions/", ALICE, end_everywhere_else),
    "mine": Visit("/articles/mine/", ALICE),
    "mine-no-match": Visit("/articles/mine/?status=draft&q=zzz", ALICE),
    "mine-empty": Visit("/articles/mine/", BOB),
    "editor": Visit("{own}edit/", ALICE),
    "editor-new": Visit("/articles/new/", ALICE),
    "editor-errors": Visit("/articles/new/", ALICE, save_nothing),
    "editor-preview": Visit("/articles/new/", ALICE, preview),
    "editor-unsaved": Visit("/articles/new/", ALICE, leave_unsaved),
    "mine-device": Visit("/articles/new/", ALICE, leave_on_device),
    "editor-conflict": Visit("/articles/new/", ALICE, save_in_two_windows),
    "editor-signed-out": Visit("/articles/new/", ALICE, send_signed_out),
    "profile-expired": Visit("/account/profile/", ALICE, lose_the_cookie),
    "history": Visit("/articles/new/", ALICE, open_history),
    "history-empty": Visit("{own}history/", ALICE),
    "revision": Visit("/articles/new/", ALICE, open_revision),
    "images": Visit("/articles/mine/images/", ALICE, upload_a_picture),
    "images-dialog": Visit("/articles/new/", ALICE, choose_pictures),
    "images-empty": Visit("/articles/mine/images/", BOB),
    "images-errors": Visit("/articles/mine/images/", BOB, submit),
    "trash": Visit("/articles/new/", ALICE, open_trash),
    "trash-empty": Visit("/articles/mine/trash/", BOB),
    "article-editor": Visit("{article}", prepare=editor_signs_in),
    "hide-errors": Visit("{article}", act=hide_without_reason, prepare=editor_signs_in),
    "delete": Visit("{own}delete/", ALICE),
    "403": Visit("/login", act=lose_the_cookie),
    "404": Visit("/nothing/here/"),
}
ON_AN_EMPTY_SITE = {  # with registration closed
    "front-empty": Visit("/"),
    "list-empty": Visit("/articles"),
    "tags-empty": Visit("/tags/"),
    "archive-empty": Visit("/archive/"),
    "about-closed": Visit("/about/"),
    "register-closed": Visit("/register"),
}

LONG = '''\
A pool of *six* connections serves **forty** threads.[^1] 六个连接，四十个线程。

## What is measured

| Case | Requests each second | Median | 99 of 100 answered within | Connections | Round trips |
|:-----|---------------------:|-------:|--------------------------:|------------:|------------:|
| pool | 1,204                | 3.1 ms | 9.8 ms                    | 6           | 1           |
| none | 611                  | 6.4 ms | 31 ms                     | 40          | 4           |

### 怎么测的

```python
def borrow(pool: Pool, patience: float = 5.0) -> Connection:
    """The next free connection, in the order of asking; PoolTimeout after `patience` seconds."""
    with pool.turn(patience):  # a very long line follows, as long lines do in the code of others
        return pool.idle.pop() if pool.idle else pool.connect()  # 没有空闲的就新建一个
```

```
no language is named here
```

## What is not

1. The network: `127.0.0.1` has none.
2. Other people's queries.
   - [x] ours
   - [ ] theirs

> Numbers that nobody can repeat are a story. -- 引文

<details><summary>The machine</summary>

Two cores, <kbd>Ctrl</kbd>+<kbd>C</kbd> ends it.

</details>

## And then

A [link](https://example.com/) in a text, ~~deleted~~ words, a
word_that_is_much_too_long_for_a_phone_and_has_no_place_where_it_could_be_broken_in_two.

[^1]: With `DB_POOL_MAX_CONNECTIONS=6`.
'''
