import pytest

from accounts.models import User
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FORM = {"username": "alice1", "display_name": "Alice", "pwd": PASSWORD, "pwd_again": PASSWORD}


@pytest.fixture
def open_door(settings):
    settings.REGISTRATION_OPEN = True


def test_closed_by_default(client):
    assert client.get("/register").status_code == 403
    assert client.post("/register", FORM).status_code == 403
    assert not User.objects.exists()


def test_a_new_member_is_signed_in_at_once(client, open_door):
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
def test_wrong_fields_are_named_and_nothing_is_written(client, open_door, change, field):
    answer = client.post("/register", FORM | change)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert PASSWORD not in answer.content.decode()
    assert not User.objects.exists()


def test_a_taken_name_is_refused_whatever_its_case(client, open_door):
    make_user("ALICE1")
    answer = client.post("/register", FORM)
    assert answer.context["form"].errors["username"] == ["This user name is taken."]


def test_a_password_like_the_name_is_refused(client, open_door):
    similar = {"username": "Alexandra1", "pwd": "Alexandra1$", "pwd_again": "Alexandra1$"}
    answer = client.post("/register", FORM | similar)
    assert "pwd" in answer.context["form"].errors
