from wtforms import Form, validators
from wtforms.fields import simple


class LoginForm(Form):
    name = simple.StringField(validators=[validators.DataRequired(), validators.Length(6, 18)])
    pwd = simple.PasswordField(
        validators=[
            validators.DataRequired(),
            validators.Length(min=8),
            validators.Regexp(
                r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[$@$!%*?&])[A-Za-z\d$@$!%*?&]{8,}"
            ),
        ]
    )
