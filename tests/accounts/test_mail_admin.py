"""The queue in the admin: failures and their reasons, and no text of a mail."""

import pytest
from django.contrib import admin
from post_office.models import STATUS, Email, EmailTemplate

from accounts.mail_queue import queue
from accounts.mail_sending import note_failure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sends_mail")]
LIST = "/admin/post_office/email/"
LINK = "http://testserver/account/password/reset/a-secret/"


@pytest.fixture
def failed(sends_mail, alice):
    queue("alice@example.org", "password_reset", {"user": alice, "link": LINK, "minutes": 30})
    email = Email.objects.get()
    note_failure(email, OSError("the server is away"), is_final=True)
    return email


def test_failed_mail_is_listed_with_its_error(dana_client, failed):
    page = dana_client.get(LIST).content.decode()
    assert "alice@example.org" in page
    assert "OSError: the server is away" in page


def test_text_of_a_mail_is_not_shown(dana_client, failed):
    detail = dana_client.get(f"{LIST}{failed.pk}/change/").content.decode()
    assert "the server is away" in detail
    for page in (detail, dana_client.get(LIST).content.decode()):
        assert "a-secret" not in page
    assert dana_client.get(f"{LIST}{failed.pk}/preview/").status_code in (302, 404)


@pytest.mark.parametrize("field", ["message", "html_message", "headers"])
def test_lookups_read_out_no_text_of_a_mail(dana_client, failed, field):
    for guess in ("a-secret", "another"):
        assert dana_client.get(f"{LIST}?{field}__contains={guess}").status_code == 400
    filters = f"status__exact={STATUS.failed}&created__gte=2026-01-01%2000:00:00%2B00:00"
    assert "alice@example.org" in dana_client.get(f"{LIST}?{filters}").content.decode()


def test_failed_mail_is_sent_again(dana_client, failed, delivered):
    assert delivered() == []
    dana_client.post(LIST, {"action": "send_again", "_selected_action": [failed.pk]})
    failed.refresh_from_db()
    assert failed.status == STATUS.queued
    assert len(delivered()) == 1


def test_list_takes_as_many_queries_for_many_mails(
    dana_client, alice, failed, django_assert_max_num_queries
):
    for _ in range(20):
        queue("bob@example.org", "password_changed", {"user": alice})
    with django_assert_max_num_queries(12):
        dana_client.get(LIST)


def test_templates_in_the_database_are_not_offered():
    assert not admin.site.is_registered(EmailTemplate)
