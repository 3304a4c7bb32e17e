import math
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.login_guard import count_attempt, count_registration, forgive
from accounts.models import User, is_too_long
from accounts.validators import MIN_LENGTH, PASSWORD_RULE, fits_login_rule, judge_length

NAME_LENGTH = _("The user name must have %(min)d to %(max)d characters.")
TOO_SHORT = _("The password must have at least %(min)d characters.")
TOO_MANY = ngettext_lazy(
    "Too many attempts. Try again in %(minutes)d minute.",
    "Too many attempts. Try again in %(minutes)d minutes.",
    "minutes",
)
WRONG = _("This is not your present password.")
WRONG_PAIR = _("User name or password is wrong.")


AUTOCOMPLETE = {
    "display_name": forms.TextInput(attrs={"autocomplete": "name"}),
    "email": forms.EmailInput(attrs={"autocomplete": "email"}),
}


class NameField(forms.CharField):
    """A user name as the notes' form judges it: 6 to 18 characters by default."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("User name"),
            error_messages={"required": _("The user name must not be empty.")},
            widget=forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
            **kwargs,
        )

    def to_python(self, value: Any) -> str:
        typed = super().to_python(value) or ""
        if is_too_long(typed):
            raise self.wrong_length()
        return User.normalize_username(typed)

    def validate(self, value: str) -> None:
        super().validate(value)
        least, most = (
            settings.INKPOOL_LOGIN_USERNAME_MIN_LENGTH,
            settings.INKPOOL_LOGIN_USERNAME_MAX_LENGTH,
        )
        if not least <= len(value) <= most:
            raise self.wrong_length()

    def wrong_length(self) -> ValidationError:
        least, most = (
            settings.INKPOOL_LOGIN_USERNAME_MIN_LENGTH,
            settings.INKPOOL_LOGIN_USERNAME_MAX_LENGTH,
        )
        return ValidationError(NAME_LENGTH, "length", {"min": least, "max": most})


class TypedPassword(forms.CharField):
    """A password taken as it was typed, if it is not too long to be hashed."""

    def __init__(self, label: Any = None, autocomplete: str = "current-password") -> None:
        super().__init__(
            label=label or _("Password"),
            strip=False,
            error_messages={"required": _("The password must not be empty.")},
            widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        )

    def validate(self, value: str) -> None:
        super().validate(value)
        judge_length(value)


class PasswordField(TypedPassword):
    """A password as the notes' form judges it: each rule in turn, the first error shown."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) < MIN_LENGTH:
            raise ValidationError(TOO_SHORT, "min_length", {"min": MIN_LENGTH})
        if not fits_login_rule(value):
            raise ValidationError(PASSWORD_RULE, "password_rule")


class Counted:
    """Mixed into a form whose attempts are counted before anything is looked up."""

    wait = 0  # seconds, when there were too many attempts

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)

    @property
    def address(self) -> str:
        return str(self.request.META.get("REMOTE_ADDR", ""))

    def refuse(self, wait: int) -> None:
        """Raises ValidationError if there is a time to wait."""
        self.wait = wait
        if wait:
            minutes = math.ceil(wait / 60)
            raise ValidationError(TOO_MANY % {"minutes": minutes}, "too_many_attempts")

    def judge_present(self, password: str) -> str:
        """The password of who is signed in; raises ValidationError if it is not."""
        user = cast(User, self.request.user)
        self.refuse(count_attempt(user.username, self.address))
        if not user.check_password(password):
            raise ValidationError(WRONG, "wrong_password")
        forgive(user.username, self.address)
        return password


class LoginForm(Counted, forms.Form):
    """The notes' LoginForm: judges name and pwd first, and only then asks the database."""

    name = NameField()
    pwd = PasswordField()
    remember = forms.BooleanField(label=_("Keep me signed in"), required=False)
    next = forms.Field(required=False, widget=forms.HiddenInput)  # the view has judged it

    user: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].initial = settings.INKPOOL_SESSION_PERMANENT

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        name, password = self.cleaned_data["name"], self.cleaned_data["pwd"]
        self.refuse(count_attempt(name, self.address))
        self.user = authenticate(self.request, username=name, password=password)
        if self.user is None:
            raise ValidationError(WRONG_PAIR, "invalid_login")
        forgive(name, self.address)
        return self.cleaned_data


class NewPassword(forms.Form):
    """A password chosen twice, under every rule that the sign-in form and the site have."""

    pwd = PasswordField(_("New password"), autocomplete="new-password")
    pwd_again = TypedPassword(_("New password again"), autocomplete="new-password")

    def judge(self, user: User) -> None:
        """Add an error where the two differ, or where a validator refuses the first."""
        password, again = self.cleaned_data.get("pwd"), self.cleaned_data.get("pwd_again")
        if password and again and password != again:
            self.add_error("pwd_again", _("The two passwords differ."))
        if password:
            try:
                password_validation.validate_password(password, user)
            except ValidationError as error:
                self.add_error("pwd", error)


class RegisterForm(Counted, NewPassword, forms.ModelForm):
    """A new account, under the rules by which it will sign in."""

    username = NameField()

    class Meta:
        model = User
        fields = ["username", "display_name", "email"]
        widgets = AUTOCOMPLETE

    field_order = ["username", "pwd", "pwd_again"]

    def clean(self) -> dict[str, Any]:
        self.refuse(count_registration(self.address))
        return self.cleaned_data

    def _post_clean(self) -> None:
        if self.wait:
            return  # nor is it told which names are taken
        super()._post_clean()  # type: ignore[misc]  # fills self.instance, for the validators
        self.judge(self.instance)

    def save(self, commit: bool = True) -> User:
        self.instance.set_password(self.cleaned_data["pwd"])
        return super().save(commit)


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["display_name", "bio", "email"]
        widgets = {**AUTOCOMPLETE, "bio": forms.Textarea(attrs={"rows": 5})}

    def save(self, commit: bool = True) -> User:
        """Only what the form has: it activates nobody, restores no password and no account."""
        User.objects.filter(pk=self.instance.pk).update(**self.cleaned_data)
        return self.instance


class ConfirmForm(Counted, forms.Form):
    """Asks somebody who is signed in for the password again."""

    present_pwd = TypedPassword()

    def clean_present_pwd(self) -> str:
        return self.judge_present(self.cleaned_data["present_pwd"])


class PasswordForm(Counted, NewPassword):
    """A change of password, by somebody who knows the present one."""

    old_pwd = TypedPassword(_("Present password"))
    field_order = ["old_pwd", "pwd", "pwd_again"]

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def clean_old_pwd(self) -> str:
        return self.judge_present(self.cleaned_data["old_pwd"])

    def clean(self) -> dict[str, Any]:
        self.judge(self.user)
        return self.cleaned_data

    def save(self) -> None:
        self.user.set_password(self.cleaned_data["pwd"])
        self.user.save(update_fields=["password"])
