from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.known_devices import known_device
from accounts.login_guard import (
    CountedForm,
    count_attempt,
    count_registration,
    count_reset,
    reset_attempts,
)
from accounts.models import User
from accounts.validators import (
    check_length,
    check_password_rule,
    has_pattern,
    is_too_long,
    username_lengths,
)

NAME_LENGTH = _("The user name must have %(min)d to %(max)d characters.")
WRONG_PAIR = _("User name or password is wrong.")

AUTOCOMPLETE = {
    "display_name": forms.TextInput(attrs={"autocomplete": "name"}),
    "email": forms.EmailInput(attrs={"autocomplete": "email"}),
}


class NameField(forms.CharField):
    """A user name, validated as by the notes' form: 6 to 18 characters by default."""

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
        least, most = username_lengths()
        if not least <= len(value) <= most:
            raise self.wrong_length()

    def wrong_length(self) -> ValidationError:
        least, most = username_lengths()
        return ValidationError(NAME_LENGTH, "length", {"min": least, "max": most})


class TypedPassword(forms.CharField):
    """A password exactly as it was typed, if it is not too long to be hashed."""

    def __init__(self, label: Any = None, autocomplete: str = "current-password") -> None:
        super().__init__(
            label=label or _("Password"),
            strip=False,
            error_messages={"required": _("The password must not be empty.")},
            widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        )

    def validate(self, value: str) -> None:
        super().validate(value)
        check_length(value)


class PasswordField(TypedPassword):
    """A password to sign in with. With LOGIN_PASSWORD_POLICY=notes it is validated as by the notes'
    form: the first broken rule is the error. With `length` a password from before that policy
    passes too."""

    def validate(self, value: str) -> None:
        super().validate(value)
        if has_pattern():
            check_password_rule(value)


class LoginForm(CountedForm, forms.Form):
    """The notes' LoginForm: validates name and pwd before it queries the database."""

    name = NameField()
    pwd = PasswordField()
    remember = forms.BooleanField(label=_("Keep me signed in"), required=False)
    next = forms.Field(required=False, widget=forms.HiddenInput)  # validated by the view

    user: User | None = None
    device = ""  # the id of a device that has signed in to this account before

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].initial = settings.INKPOOL_SESSION_PERMANENT

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        name, password = self.cleaned_data["name"], self.cleaned_data["pwd"]
        self.device = known_device(self.request, name)
        self.refuse(count_attempt(name, self.address, password, self.device))
        self.user = authenticate(self.request, username=name, password=password)
        if self.user is None:
            raise ValidationError(WRONG_PAIR, "invalid_login")
        reset_attempts(name, self.address, password, self.device)
        return self.cleaned_data


class NewPassword(forms.Form):
    """A new password, typed twice, under the site's rules, which are shown beforehand."""

    pwd = TypedPassword(_("New password"), autocomplete="new-password")
    pwd_again = TypedPassword(_("New password again"), autocomplete="new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = filter(None, password_validation.password_validators_help_texts())
        self.fields["pwd"].help_text = escape(" ".join(map(str, rules)))

    def check_new(self, user: User) -> None:
        """Add an error if the two differ, or if a password validator refuses the first."""
        password, again = self.cleaned_data.get("pwd"), self.cleaned_data.get("pwd_again")
        if password and again and password != again:
            self.add_error("pwd_again", _("The two passwords differ."))
        if password:
            try:
                password_validation.validate_password(password, user)
            except ValidationError as error:
                self.add_error("pwd", error)


class AddressForm(forms.ModelForm):
    def clean_email(self) -> str:
        return User.objects.normalize_email(self.cleaned_data["email"])


class RegisterForm(CountedForm, NewPassword, AddressForm):
    """A new account, under the rules of the sign-in form."""

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
            return  # without telling which names are taken
        super()._post_clean()  # type: ignore[misc]  # fills self.instance, for the validators
        self.check_new(self.instance)

    def save(self, commit: bool = True) -> User:
        self.instance.set_password(self.cleaned_data["pwd"])
        if settings.INKPOOL_SENDS_MAIL:
            self.instance.email = ""  # until its owner confirms it
        return super().save(commit)


class ProfileForm(AddressForm):
    class Meta:
        model = User
        fields = ["display_name", "bio", "email"]
        widgets = {**AUTOCOMPLETE, "bio": forms.Textarea(attrs={"rows": 5})}

    def save(self, commit: bool = True) -> User:
        """Write the fields of the form only; others may have changed since the user was read.

        An address is not written: its owner must confirm it.
        """
        values = {name: value for name, value in self.cleaned_data.items() if name != "email"}
        User.objects.filter(pk=self.instance.pk).update(**values)
        return self.instance


class ResetRequestForm(CountedForm, forms.Form):
    """Asks at which address an account is to be found; whether there is one is not looked up."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=AUTOCOMPLETE["email"]
    )

    def clean(self) -> dict[str, Any]:
        if "email" in self.cleaned_data:
            self.refuse(count_reset(self.cleaned_data["email"], self.address))
        return self.cleaned_data


class ResetForm(NewPassword):
    """The new password of an account whose owner has followed a link."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        self.check_new(self.user)
        return self.cleaned_data


class ConfirmForm(CountedForm, forms.Form):
    """Asks a signed-in user for the password again."""

    present_pwd = TypedPassword()

    def clean_present_pwd(self) -> str:
        return self.check_present(self.cleaned_data["present_pwd"])


class PasswordForm(CountedForm, NewPassword):
    """A change of password, which takes the present one."""

    old_pwd = TypedPassword(_("Present password"))
    field_order = ["old_pwd", "pwd", "pwd_again"]

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    def clean_old_pwd(self) -> str:
        return self.check_present(self.cleaned_data["old_pwd"])

    def clean(self) -> dict[str, Any]:
        self.check_new(self.user)
        return self.cleaned_data

    def save(self) -> None:
        self.user.set_password(self.cleaned_data["pwd"])
        self.user.save(update_fields=["password", "password_state"])
