"""Alice and Dana, who write by the site's own forms, and a command that writes beside them."""

from collections.abc import Iterator

from tests.faults.cache_site import Host
from tests.page import Page
from tests.site import PASSWORD, Visitor


def signed_in(host: Host, name: str) -> Iterator[Visitor]:
    with Visitor(host.socket_of("granian"), host.show_log) as visitor:
        assert visitor.sign_in(name, PASSWORD).status_code == 302
        yield visitor


def by_form(alice: Visitor, title: str) -> None:
    post(alice, "/articles/1/edit/", {"title": title, "save": ""})


def by_admin(dana: Visitor, title: str) -> None:
    post(dana, "/admin/articles/article/2/change/", {"title": title, "_save": ""})


def post(visitor: Visitor, path: str, data: dict[str, str]) -> None:
    fields = visitor.page(path).form_with("title")
    given = {
        name: field["value"]
        for name, field in fields.items()
        if "value" in field and field.get("type") != "submit" and not name.startswith("_")
    }
    answer = visitor.post(path, data={**given, "body": "Text.", **data})
    assert answer.status_code == 302, Page(answer.text).text


def by_command(host: Host, title: str) -> None:
    host.shell(f"from tests.faults.cache_app import bulk; bulk({title!r})")
