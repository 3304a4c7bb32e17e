"""Each mail in both languages, as plain text and as HTML."""

from datetime import UTC, datetime

import html5lib
import pytest
from django.utils.translation import override
from post_office.models import Email

from accounts.mail_queue import queue
from deploy.processes import ROOT

pytestmark = pytest.mark.django_db
LINK = "https://inkpool.example/account/password/reset/a-token_1/"
MAILS = sorted(path.stem for path in (ROOT / "templates/mail").glob("*.txt"))
LINKS = {"password_reset", "address_confirm", "address_changed", "invitation"}


@pytest.fixture
def queued(settings, alice):
    """Queues a mail, and returns it."""
    settings.INKPOOL_SENDS_MAIL = True

    def queued(name, language="en", **changes):
        context = {"user": alice, "link": LINK, "minutes": 30, "hours": 72, "sender": "D & <b>"}
        context |= {"address": "a…@example.org", "expires_at": datetime(2026, 12, 1, tzinfo=UTC)}
        context |= changes
        with override(language):
            queue("alice@example.org", name, context)
        return Email.objects.latest("pk")

    return queued


@pytest.mark.parametrize("name", MAILS)
def test_mail_is_translated_whole(queued, name):
    english, chinese = queued(name), queued(name, "zh-hans")
    for part in ("subject", "message", "html_message"):
        assert getattr(english, part) != getattr(chinese, part)
    lines = {line for line in english.message.splitlines() if " " in line}
    assert lines.isdisjoint(chinese.message.splitlines())
    assert "{" not in english.message + chinese.message


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", MAILS)
def test_mail_has_its_link_in_text_and_in_sound_html(queued, name, language):
    mail = queued(name, language)
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(mail.html_message)
    assert root.get("lang") == language
    links = [element.get("href") for element in root.iter() if element.tag == "a"]
    assert links == ([LINK] if name in LINKS else [])
    assert (LINK in mail.message.splitlines()) is (name in LINKS)
    assert "\n" not in mail.subject


@pytest.mark.parametrize(
    ("language", "words"), [("en", "A mail to the"), ("zh-hans", "此前的电子邮箱")]
)
def test_notice_without_a_link_names_the_earlier_mail(queued, language, words):
    mail = queued("address_changed", language, link="")
    assert words in mail.message
    assert "http" not in mail.message + mail.html_message


def test_names_are_escaped_in_html_only(queued):
    mail = queued("invitation")
    assert "D & <b> invites" in mail.message
    assert "D &amp; &lt;b&gt; invites" in mail.html_message


def test_template_tags_in_a_name_stay_text(queued, alice):
    alice.username = "{{ settings }}{% now 'Y' %}"
    mail = queued("password_changed")
    assert "{{ settings }}{% now 'Y' %}" in mail.email_message().body
