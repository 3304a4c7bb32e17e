"""The way back in: one link for one new password, which says nothing about other accounts."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from post_office.models import Email

from accounts.login_guard import ACCOUNT, RESET, count_attempt
from accounts.mail_links import RESET as A_RESET
from accounts.mail_links import make_link
from accounts.models import MailLink, ResetRequest, User
from tests.accounts.conftest import link_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FORM, SENT = "/account/password/reset/", "/account/password/reset/sent/"
ADDRESS = "alice@example.org"
NEW = {"pwd": "Another2026$!", "pwd_again": "Another2026$!"}


@pytest.fixture
def alice(sends_mail):
    return make_user("alice_writes", email=ADDRESS)


@pytest.fixture
def link(client, alice, delivered):
    """The path of the link that Alice was sent."""
    assert client.post(FORM, {"email": ADDRESS})["Location"] == SENT
    (mail,) = delivered()
    return link_in(mail)


def signs_in(password, client=None):
    answer = (client or Client()).post("/login", {"name": "alice_writes", "pwd": password})
    return answer.status_code == 302


def test_link_sets_a_new_password_once(client, link, delivered):
    page = client.get(link)
    assert page.status_code == 200
    assert "alice_writes" in page.content.decode()
    assert client.post(link, NEW)["Location"] == "/login"
    assert signs_in(NEW["pwd"])
    assert not signs_in(PASSWORD)
    assert client.get(link).status_code == client.post(link, NEW).status_code == 410
    (notice,) = delivered()
    assert notice.subject == "Your password for Inkpool was changed"


def test_reset_ends_all_sessions_and_signs_no_one_in(link, device):
    phone = device()
    visitor = Client()
    assert visitor.post(link, NEW).status_code == 302
    assert not phone.is_signed_in()
    assert visitor.get("/account/profile/").status_code == 302


def test_reset_ends_the_sign_in_of_the_application_an_account_was_imported_from(
    client, alice, delivered
):
    User.objects.filter(pk=alice.pk).update(imported_from="blog", imported_id="7")
    client.post(FORM, {"email": ADDRESS})
    (mail,) = delivered()
    client.post(link_in(mail), NEW)
    assert User.objects.get().session_epoch == 1


def test_rules_of_new_passwords_hold_and_leave_the_link_valid(client, link):
    assert "at least 8 characters" in client.get(link).content.decode()
    for wrong in ({"pwd": "short", "pwd_again": "short"}, NEW | {"pwd_again": "Other2026$!"}):
        answer = client.post(link, wrong)
        assert answer.status_code == 200
        assert answer.context["form"].errors
    assert signs_in(PASSWORD)
    assert client.post(link, NEW).status_code == 302


def test_link_expires_after_30_minutes(client, link):
    with time_machine.travel(timezone.now() + timedelta(minutes=29)):
        assert client.get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get(link).status_code == client.post(link, NEW).status_code == 410
    assert signs_in(PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda alice: alice.set_password("Another2026$!"),
        lambda alice: alice.increment_epoch(),
        lambda alice: setattr(alice, "email", "new@example.org"),
        lambda alice: setattr(alice, "is_active", False),
    ],
    ids=["password", "sessions ended", "address", "deactivated"],
)
def test_link_is_void_once_the_account_has_changed(client, alice, link, change):
    change(alice)
    alice.save()
    assert client.get(link).status_code == 410


def test_one_used_link_voids_the_other(client, alice, link):
    other = f"{FORM}{make_link(A_RESET, alice)}/"
    assert client.post(link, NEW).status_code == 302
    assert client.get(other).status_code == 410


def test_token_is_not_stored(link):
    token = link.rstrip("/").rpartition("/")[2]
    row = MailLink.objects.values().get()
    assert token not in str(row)
    assert not Email.objects.exists()  # a sent mail holds it too


def test_unknown_address_gets_the_same_answer_and_no_query_for_an_account(
    client, alice, delivered, django_assert_max_num_queries
):
    answers = []
    client.post(FORM, {"email": "first@example.org"})  # makes the row of the network's count
    for address in (ADDRESS, "unknown@example.org"):
        with django_assert_max_num_queries(15) as queries:
            answer = client.post(FORM, {"email": address})
        assert not [query for query in queries if "accounts_user" in query["sql"]]
        answers.append((answer.status_code, answer["Location"], len(queries)))
    assert answers[0] == answers[1]
    assert ResetRequest.objects.count() == 3
    assert [mail.to for mail in delivered()] == [[ADDRESS]]
    assert not ResetRequest.objects.exists()


def test_mail_goes_to_the_address_of_the_account_not_to_a_similar_one(client, alice, delivered):
    for typed in ("ALICE@EXAMPLE.ORG", "alicé@example.org", "ａlice@example.org.evil.example"):
        client.post(FORM, {"email": typed})
    assert [mail.to for mail in delivered()] == [[ADDRESS]]


def test_each_account_of_an_address_gets_a_mail(client, alice, delivered):
    make_user("alice_reads", email=ADDRESS)
    make_user("gone_long", email=ADDRESS, is_active=False)
    client.post(FORM, {"email": ADDRESS})
    assert len(delivered()) == 2


def test_account_without_password_gets_none_but_an_imported_one_does(client, alice, delivered):
    alice.set_unusable_password()
    alice.save()
    client.post(FORM, {"email": ADDRESS})
    assert delivered() == []
    User.objects.filter(pk=alice.pk).update(password_state="reset")
    client.post(FORM, {"email": ADDRESS})
    (mail,) = delivered()
    assert client.post(link_in(mail), NEW).status_code == 302
    assert signs_in(NEW["pwd"])


def test_requests_are_counted_by_address_also_for_unknown_ones(client, alice, one_window):
    for address in (ADDRESS, "unknown@example.org"):
        for _ in range(RESET.attempts):
            assert client.post(FORM, {"email": address}).status_code == 302
        answer = client.post(FORM, {"email": address.upper()})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0


def test_requests_of_an_attacker_leave_a_valid_link_or_another_request(client, alice, delivered):
    for _ in range(RESET.attempts):
        client.post(FORM, {"email": ADDRESS})
    links = [link_in(mail) for mail in delivered()]
    now = timezone.now()
    with time_machine.travel(now + timedelta(minutes=29)):
        assert client.get(links[0]).status_code == 200
    with time_machine.travel(now + timedelta(minutes=31)):
        assert client.post(FORM, {"email": ADDRESS}).status_code == 302


def test_address_that_the_queue_would_misread_holds_up_no_other_mail(client, alice, delivered):
    for name, address in {"erin_old": '"e<r>in"@example.org', "evil_old": '"e,r"@a.org'}.items():
        make_user(name, email=address)
        assert client.post(FORM, {"email": address}).status_code == 302
    client.post(FORM, {"email": ADDRESS})
    assert [mail.to for mail in delivered()] == [[ADDRESS]]
    assert not ResetRequest.objects.exists()


def test_host_that_is_too_long_for_the_link_is_refused(client, alice):
    answer = client.post(FORM, {"email": ADDRESS}, headers={"host": f"testserver:{'0' * 500}80"})
    assert answer.status_code == 400
    assert not ResetRequest.objects.exists()


def test_mail_is_in_the_language_of_the_request(client, alice, delivered):
    client.post(FORM, {"email": ADDRESS}, headers={"accept-language": "zh-CN"})
    (mail,) = delivered()
    assert "密码" in mail.subject


def test_reset_gives_the_device_attempts_of_its_own(link):
    for number in range(ACCOUNT.attempts):
        count_attempt("alice_writes", f"10.0.{number}.1")
    assert not signs_in(PASSWORD, Client(REMOTE_ADDR="10.9.9.9"))
    owner = Client(REMOTE_ADDR="10.9.9.8")
    assert owner.post(link, NEW).status_code == 302
    assert signs_in(NEW["pwd"], owner)


def test_head_and_get_do_not_use_the_link_up(client, link):
    client.head(link)
    client.get(link)
    assert client.post(link, NEW).status_code == 302


def test_sign_in_page_leads_to_the_reset_only_where_mail_is_sent(client, alice, settings):
    assert FORM in client.get("/login").content.decode()
    settings.INKPOOL_SENDS_MAIL = False
    assert FORM not in client.get("/login").content.decode()
    answer = client.get(FORM)
    assert answer.status_code == 403
    assert "sends no mail" in answer.content.decode()
