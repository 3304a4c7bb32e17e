"""The notes' LoginForm, word for word in what it judges."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form, validators
from wtforms.fields import simple

PATTERN = r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[$@$!%*?&])[A-Za-z\d$@$!%*?&]{8,}"


class LoginForm(Form):
    name = simple.StringField(
        label="用户名",
        validators=[
            validators.DataRequired(message="用户名不能为空."),
            validators.Length(min=6, max=18, message="用户名长度必须大于%(min)d且小于%(max)d"),
        ],
        render_kw={"class": "form-control"},
    )
    pwd = simple.PasswordField(
        label="密码",
        validators=[
            validators.DataRequired(message="密码不能为空."),
            validators.Length(min=8, message="用户名长度必须大于%(min)d"),
            validators.Regexp(
                regex=PATTERN,
                message="密码至少8个字符,至少1个大写字母,1个小写字母,1个数字和1个特殊字符",
            ),
        ],
        render_kw={"class": "form-control"},
    )


def judge(data: dict[str, str]) -> dict[str, Any]:
    """The errors of each field that has any."""
    form = LoginForm(formdata=MultiDict(data))
    form.validate()
    return form.errors


def labels() -> dict[str, str]:
    return {field.name: field.label.text for field in LoginForm()}


def repeated_password() -> bool:
    """Whether a form that is shown again holds the password."""
    form = LoginForm(formdata=MultiDict({"name": "lqz", "pwd": "Secret&1"}))
    form.validate()
    return "Secret&1" in str(form.pwd())


def inputs(data: dict[str, str]) -> dict[str, str]:
    """The fields as a template shows them: {{ form.name }}."""
    form = LoginForm(formdata=MultiDict(data))
    form.validate()
    return {field.name: str(field()) for field in form}
