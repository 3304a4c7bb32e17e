"""WTForms' verdict on the notes' login form beside ours, for any name and password.

Only the fields' own verdict is compared: whether the account exists is asked afterwards. Of
WTForms' messages the first counts; that it may have a second one is a difference of its own.
"""

import re
import unicodedata

import pytest
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.forms import LoginForm
from tests.parity.book import differs, same

pytestmark = [pytest.mark.parity, pytest.mark.django_db]
SUBJECT = "forms"
# Which rule a message tells of, on either side. Both name the first that is broken; ours no other.
RULES = {
    "用户名不能为空": "empty",
    "密码不能为空": "empty",
    "用户名长度必须大于6且小于18": "length",
    "用户名长度必须大于8": "length",  # the notes' words for the password
    "密码至少8个字符": "pattern",
}
CODES = {
    "required": "empty",
    "length": "length",
    "min_length": "length",
    "password_rule": "pattern",
}
GOOD = "Writing2026$"
LETTERS = st.sampled_from("aZ09$@!%*?& é墨\n#")
NAMES = st.text(LETTERS, max_size=22) | st.text(max_size=22)
PASSWORDS = st.text(LETTERS, max_size=14) | st.text(max_size=14)


def ours(data):
    form = LoginForm(data, request=None)
    form.clean = lambda: form.cleaned_data  # the account is not asked for
    return {name: CODES[error[0].code] for name, error in form.errors.as_data().items()}


def theirs(flask, data):
    return {
        name: next(rule for text, rule in RULES.items() if errors[0].startswith(text))
        for name, errors in flask("judge", data=data).items()
    }


def is_plain(text):
    """Neither spaces around it nor another spelling: those differ on purpose, see below."""
    return text == text.strip() and unicodedata.normalize("NFKC", text) == text


@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@example(name="six666", pwd="Aa1$aaaa")
@example(name="x" * 18, pwd="Aa1$aaa")
@example(name="x" * 19, pwd="aa1$aaaa")
@example(name="x" * 5, pwd="Aa1$aaaa and what follows: no end anchor")
@example(name="", pwd="")
@given(name=NAMES.filter(is_plain), pwd=PASSWORDS)
def test_the_verdict_on_each_field(flask, name, pwd):
    if "\0" in name + pwd or (pwd != "" and not pwd.strip()):
        return  # refused with another word, see below
    data = {"name": name, "pwd": pwd}
    same("the login form's verdicts, for any name and password", ours(data), theirs(flask, data))


def test_spaces_around_a_name(flask):
    data = {"name": "  lqz  ", "pwd": GOOD}
    why = (
        "Spaces around a name are removed before its length is checked. Without them this "
        "name has three letters."
    )
    verdicts = ours(data), theirs(flask, data)
    differs("spaces around a name", *verdicts, why, expected=({"name": "length"}, {}))


def test_another_spelling_of_a_name(flask):
    data = {"name": "ﬃﬃ", "pwd": GOOD}
    why = "Names are normalized (NFKC) before they are checked. These two characters become six."
    verdicts = ours(data), theirs(flask, data)
    differs("another spelling of a name", *verdicts, why, expected=({}, {"name": "length"}))


def test_a_password_of_spaces(flask):
    data = {"name": "alice_writes", "pwd": " " * 9}
    why = (
        "Spaces are characters of a password. The message says which characters are "
        "missing, not that the field is empty."
    )
    verdicts = ours(data)["pwd"], theirs(flask, data)["pwd"]
    differs("a password of spaces", *verdicts, why, expected=("pattern", "empty"))


def test_a_password_without_end(flask):
    data = {"name": "alice_writes", "pwd": GOOD * 1000}
    form = LoginForm(data, request=None)
    form.clean = lambda: form.cleaned_data
    why = "Hashing a password of megabytes keeps a server busy, so there is a maximum length."
    verdicts = list(form.errors), list(theirs(flask, data))
    differs("a password without end", *verdicts, why, expected=(["pwd"], []))


def test_how_many_messages_a_field_has(flask):
    data = {"name": "alice_writes", "pwd": "abc"}
    form = LoginForm(data, request=None)
    counts = len(form.errors["pwd"]), len(flask("judge", data=data)["pwd"])
    why = (
        "The form shows one error for each field. The rule for the characters also states "
        "the length."
    )
    differs("a short password: how many messages", *counts, why, expected=(1, 2))


def test_labels(flask):
    with translation.override("zh-hans"):
        form = LoginForm(request=None)
        same("labels", {name: form[name].label for name in ("name", "pwd")}, flask("labels"))


def said(flask, data):
    """The field, and what either side says of it, in Chinese."""
    with translation.override("zh-hans"):
        ((field, (text, *_)),) = LoginForm(data, request=None).errors.items()
    ((their_field, (their_text, *_)),) = flask("judge", data=data).items()
    same(f"{data}: the field", field, their_field)
    return text, their_text


@pytest.mark.parametrize(
    "data",
    [{"pwd": GOOD}, {"name": "alice_writes"}],
)
def test_messages_in_chinese(flask, data):
    same(f"{data}: the words", *(re.sub(r"[\s,.，。]", "", text) for text in said(flask, data)))


def test_message_of_the_pattern_says_what_is_judged(flask):
    ours, theirs = said(flask, {"name": "alice_writes", "pwd": "aaaaaaaaa"})
    as_in_the_notes = ours.replace(" ", "").replace("，", ",")  # they have half-width commas
    assert as_in_the_notes.startswith(theirs.rstrip(".。"))
    why = "The pattern has no end anchor, so it judges the first 8 characters; the message says so."
    differs(
        "the message of the pattern",
        "前 8 个" in ours,
        "前 8 个" in theirs,
        why,
        expected=(True, False),
    )


def test_message_ends_with_full_width_punctuation(flask):
    ends = [text[-1] for text in said(flask, {"pwd": GOOD})]
    why = "Chinese text has full-width punctuation."
    differs("the end of a message", *ends, why, expected=("。", "."))


def test_a_message_that_says_the_bound_itself_is_allowed(flask):
    texts = said(flask, {"name": "lqz", "pwd": GOOD})
    why = (
        "Names of 6 and of 18 characters are allowed, but the notes' messages exclude them "
        "(大于, 小于)."
    )
    bounds = [re.findall("大于|小于", text) for text in texts]
    differs("the length of a name", *bounds, why, expected=([], ["大于", "小于"]))


def test_a_message_that_names_the_right_field(flask):
    texts = said(flask, {"name": "alice_writes", "pwd": "Aa1$"})
    why = "Where the password is too short, the notes' message names the user name."
    fields = [text[:2] for text in texts]
    differs("the length of a password", *fields, why, expected=("密码", "用户"))


def test_a_password_is_not_sent_back(flask):
    form = LoginForm({"name": "lqz", "pwd": "Secret&1"}, request=None)
    same("a password is not sent back", "Secret&1" in str(form["pwd"]), flask("repeated_password"))


def attributes(tag):
    """Of one input, by name; what has no value is there."""
    found = re.findall(r'([a-z-]+)(?:="([^"]*)")?(?=[ >])', tag.partition("<input ")[2])
    return dict(found)


@pytest.fixture(params=[{}, {"name": "lqz<", "pwd": "x"}], ids=["empty", "wrong"])
def shown(request, flask):
    """Both sides' two inputs, in an empty form and in one that was refused."""
    form = LoginForm(request.param, request=None)
    theirs = flask("inputs", data=request.param)
    pairs = [(str(form[name]), theirs[name]) for name in ("name", "pwd")]
    return [tuple(attributes(tag) for tag in pair) for pair in pairs]


def test_what_a_template_shows(shown):
    for ours, theirs in shown:
        for name in ("type", "name", "required"):
            same(f"{ours['name']}: {name}", ours.get(name), theirs.get(name))
        value = [each.get("value", "") for each in (ours, theirs)]
        same(f"{ours['name']}: the value, escaped", *value)
        kw = ["form-control" in each["class"].split() for each in (ours, theirs)]
        same(f"{ours['name']}: render_kw", *kw)


def test_what_only_one_side_shows(shown):
    for ours, theirs in shown:
        why = (
            "With minlength the browser refuses a short text in words of its own. Without it "
            "the site answers with its message."
        )
        lengths = "minlength" in ours, "minlength" in theirs
        differs(f"{ours['name']}: minlength", *lengths, why, expected=(False, True))
        why = "A screen reader reads out which field was refused, and its message."
        told = "aria-describedby" in ours, "aria-describedby" in theirs
        if "aria-invalid" in ours:
            differs(f"{ours['name']}: aria-invalid", *told, why, expected=(True, False))
