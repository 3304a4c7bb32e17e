"""Imported posts are read by an anonymous visitor, on every server and database."""

from pathlib import Path

import pytest

from tests.page import Page
from tests.site import Site, Visitor

pytestmark = pytest.mark.http
POST = """+++
path = "2014/12/12/1.0-Timeline"
title = "Scheduling the trains 时间表"
authors = ["Aaron"]
+++

| a | b |
|---|---|
| 1 | 2 |
"""


def test_imported_post_is_read_by_an_anonymous_visitor(
    site: Site, charlie: Visitor, tmp_path: Path
):
    (tmp_path / "post.md").write_text(POST, encoding="utf-8")
    for counted in ("1 new", "1 unchanged"):
        done = site.manage("import_articles", str(tmp_path), "--author", "alice_writes")
        assert (done.returncode, counted in done.stdout) == (0, True), done.stderr
    page = charlie.page("/archive/2014/12/")
    address = next(link for link in page.links if "1-0-Timeline".lower() in link.lower())
    article = charlie.get(address)
    assert article.status_code == 200
    assert "<td>1</td>" in article.text
    assert "Aaron" in Page(article.text).text
