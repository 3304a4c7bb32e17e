"""Lines of a text that are refused as a misplaced head, and lines that are an example."""

import pytest

from articles.importing import Refused
from articles.importing.front_matter import split

HEAD = "---\ntitle: A\ndate: 2020-01-02\n---\n"
EXAMPLE = "---\ntitle: B\ndraft: true\n---"


@pytest.mark.parametrize(
    ("below", "line"),
    [
        ("tags:\n  - a\ndraft: yes\n\nmore", "draft: yes"),
        ("tags:\n  - a\n\ndraft: yes\n\nmore", "draft: yes"),
        ("published: no\n\nText", "published: no"),
        ("draft: on\nText", "draft: on"),
        ("draft: 1\n", "draft: 1"),
        ("hidden: TRUE # not yet", "hidden: TRUE # not yet"),
        ("A sentence.\ndraft: true # x\n---\nText", "draft: true # x"),
        ("wip: yes\n\nText", "wip: yes"),
        ("is-draft: true\n\nText", "is-draft: true"),
        ("render: false\n\nText", "render: false"),
        ("visibility: private\n\nText", "visibility: private"),
        ("layout: draft\n\nText", "layout: draft"),
        ("draft\u00a0: true\n\nText", "draft : true"),
        ("\u200bdraft: true\n\nText", "draft: true"),
        ("publishDate: 2030-01-01\n\nText", "publishDate: 2030-01-01"),
        ("publish_date: '2030-01-01 10:00' # later\n\nText", "publish_date: '2030"),
        ("expiryDate: 2020-01-01\n\nText", "expiryDate: 2020-01-01"),
        ("第一行。\ndraft: true\n\n第二段。", "draft: true"),
        ("A line.\nhidden: true\ndraft: yes\n---\nText", "hidden: true"),
        ("<pre>x</pre>\ndraft: true\n\nText", "draft: true"),
        ("```\ncode\n```\ndraft: true", "draft: true"),
    ],
)
def test_rest_of_a_head_that_was_closed_too_early_is_refused(below: str, line: str) -> None:
    with pytest.raises(Refused, match=r"second head.*“") as refused:
        split(HEAD + below)
    assert line in str(refused.value).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "below",
    [
        '```json\n{\n  "private": true\n}\n```\nText.',
        'A package.json:\n```json\n{\n"name": "x",\n\n"private": true\n}\n```',
        "A Cargo.toml:\n```toml\n[package]\npublish = false\n```",
        "```yaml\nhidden: true\n```",
        f"~~~\n{EXAMPLE}\n~~~\nText.",
        f"A head:\n```yaml\n{EXAMPLE}\n```",
        f"````\n```\n{EXAMPLE}\n```\ndraft: true\n````",
        f"~~~\n```\n{EXAMPLE}\n~~~",
        f"```\n~~~\n{EXAMPLE}\n```",
        "    draft: true\n\nis what keeps it back.",
        "\tdraft: true\n\nText.",
        "> draft: true\n\nText.",
        "- draft: true\n- hidden: true\n\nText.",
        "1. draft: true\n   hidden: true\n\nText.",
        "写文章时，在文件开头加一行\ndraft: true\n就不会发布。",
        "加上这两行\ndraft: true\nhidden: true\n就不会发布。",
        f"{{% highlight yaml %}}\n{EXAMPLE}\n{{% endhighlight %}}",
        f"{{{{< highlight yaml >}}}}\n{EXAMPLE}\n{{{{< /highlight >}}}}",
        f'<pre class="yaml">\n{EXAMPLE}\n</pre>',
        "# Drafts\n\nText.\n\ndraft: true\n\nText.",
        "draft: true is what keeps it back.",
    ],
)
def test_example_below_a_head_stays_in_the_text(below: str) -> None:
    fields, body = split(HEAD + below)
    assert (fields["title"], body) == ("A", below)


@pytest.mark.parametrize(
    "text",
    [
        "# A\n\ndraft: yes",
        "# A\n\npublished: off # for now\n\nText",
        "# A\n\ndraft\u3000: true",
        "# A\n\n````\n```\n````\n\ndraft: true",
        "# A\n\n~~~\n```\n~~~\n\ndraft: true",
        "# A\n\n```\n~~~\n```\n\ndraft: true",
        "<!-- status: draft -->\n# T",
        "# T\n\n<!-- draft: yes -->\n\nText",
        "{'title': 'A', 'draft': true}\nText",
        "{title: A, draft: true}\n\nText",
        "{\n  'draft': true\n}\nText",
        '[{"title":"A","draft":true}]\n\nText',
        '    {"title": "A", "draft": true}\n\nText',
        '```json\n{"title": "A", "draft": true}\n```\nText',
        "--- draft: true ---\nText",
        "--- title: A ---\nText",
        "+++ title = 'A' +++\nText",
        "---\n\u200bdraft: true\n\nText",
        "\u00ad---\ntitle: A\n---\nText",
    ],
)
def test_signs_of_a_draft_in_a_text_without_head_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="front matter"):
        split(text)


@pytest.mark.parametrize("indent", ["    ", "\t", "        "])
@pytest.mark.parametrize("above", ["", "\n\n", "<!-- c -->\n\n"])
def test_indented_head_at_the_very_top_is_refused(above: str, indent: str) -> None:
    head = "".join(f"{indent}{line}\n" for line in EXAMPLE.split("\n"))
    with pytest.raises(Refused, match="front matter in line"):
        split(f"{above}{head}\nText.")


@pytest.mark.parametrize(
    "text",
    [
        f"Text.\n\n````\n```\n{EXAMPLE}\n```\n{EXAMPLE}\n````",
        f"Text.\n\n~~~\n```\n{EXAMPLE}\n~~~",
        f"Text.\n\n```\n~~~\n{EXAMPLE}\n```",
        "    code at the top\n\nText.",
        "{{< figure title='x' date='y' >}}\n\nText.",
        "{note} the date: today.",
        "[title]: https://example.org\n\nA [title].",
        "--- a sentence between dashes ---\n\nText.",
        "---\n*This post has moved.*\n---\n",
        "---\n# Heading\n---",
        "---\n> A quotation.\n---\nText.",
        "---\n[A link](https://example.org)\n---\nText.",
        "Updated: 2020-01-01\n\n---\n\nText",
        "Updated: 2020-01-01\n \n---\n\nText",
    ],
)
def test_text_without_head_stays_as_it_was_written(text: str) -> None:
    assert split(text) == ({}, text.strip("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "---\n# Heading\n\nText: yes\n\n---\nText",
        "---\n# Heading\nText: yes\n---\nText",
        "---\nNote: one.\n\nAnother: two.\n---\nText",
    ],
)
def test_text_between_rules_that_yaml_can_read_is_refused_by_its_first_line(text: str) -> None:
    with pytest.raises(Refused, match=r"begins with “(# Heading|Note: one\.)”"):
        split(text)


def test_capital_names_apart_from_their_closing_fence_are_a_head_when_two_are_known() -> None:
    assert split("Title: A\nDate: 2020-01-02\n\n---\n\nText")[0]["title"] == "A"
    with pytest.raises(Refused):
        split("Draft: true\n\n---\n\nText")
