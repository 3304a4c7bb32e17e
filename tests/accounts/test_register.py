import pytest

from accounts.login_guard import REGISTRATION
from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FORM = {"username": "alice_writes", "display_name": "Alice", "pwd": PASSWORD, "pwd_again": PASSWORD}


@pytest.fixture
def open_door(settings):
    settings.INKPOOL_REGISTRATION = "open"


def test_registration_is_closed_by_default(client):
    assert client.get("/register").status_code == 403
    assert client.post("/register", FORM).status_code == 403
    assert not User.objects.exists()


def test_new_user_is_signed_in(client, open_door):
    assert client.get("/register").status_code == 200
    assert client.post("/register", FORM).status_code == 302
    assert client.get("/articles/new/").status_code == 200
    assert User.objects.get().display_name == "Alice"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "a/bcdefg"}, "username"),
        ({"pwd": "weak", "pwd_again": "weak"}, "pwd"),
        ({"pwd": "Alice1$Alice1", "pwd_again": "Alice1$Alice1", "username": "alice1$"}, "username"),
        ({"pwd_again": "Other2026$!"}, "pwd_again"),
        ({"email": "nowhere"}, "email"),
    ],
)
def test_invalid_form_shows_errors_and_writes_nothing(client, open_door, change, field):
    answer = client.post("/register", FORM | change)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert PASSWORD not in answer.content.decode()
    assert not User.objects.exists()


def test_a_taken_name_is_refused_whatever_its_case(client, open_door):
    make_user("ALICE_WRITES")
    answer = client.post("/register", FORM)
    assert answer.context["form"].errors["username"] == ["This user name is taken."]


def test_a_password_like_the_name_is_refused(client, open_door):
    similar = {"username": "Alexandra1", "pwd": "Alexandra1$", "pwd_again": "Alexandra1$"}
    answer = client.post("/register", FORM | similar)
    assert "pwd" in answer.context["form"].errors


def test_too_many_registrations_are_refused_without_checking_names(client, open_door, one_window):
    make_user("alice_writes")
    for number in range(REGISTRATION.attempts):
        assert client.post("/register", {"username": f"user{number:03}"}).status_code == 200
    answer = client.post("/register", {"username": "alice_writes"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    page = answer.content.decode()
    assert "Too many attempts." in page
    assert "taken" not in page
    program = client.post("/register", {"username": "alice_writes"}, HTTP_ACCEPT="application/json")
    assert (program.status_code, program["Content-Type"]) == (429, "application/problem+json")


def test_another_address_may_still_register(client, open_door, one_window):
    for _ in range(REGISTRATION.attempts + 1):
        client.post("/register", {})
    assert client.post("/register", {}, REMOTE_ADDR="10.0.0.2").status_code == 200
