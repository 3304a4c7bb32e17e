"""The checks of this app that concern mail; others are tested beside what they check."""

from accounts.checks import mail_is_sent


def test_features_that_are_off_without_mail_are_named(settings):
    settings.INKPOOL_SENDS_MAIL = False
    (info,) = mail_is_sent()
    assert (info.id, "resetting a password" in info.msg) == ("accounts.I001", True)
    assert "EMAIL_URL" in info.hint
    settings.INKPOOL_SENDS_MAIL = True
    assert mail_is_sent() == []
