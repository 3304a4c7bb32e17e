"""One renderer and one field template for every form of the site."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.forms.renderers import get_default_renderer
from django.test import RequestFactory

from accounts.forms import ResetForm
from accounts.login_guard import CountedForm
from accounts.models import User
from articles.forms import ArticleForm
from core.backends.form_renderer import FormRenderer
from tests.own_apps import OWN_APPS

ROOT = Path(settings.BASE_DIR)
MODULES = [import_module(f"{app}.forms") for app in OWN_APPS if (ROOT / app / "forms.py").is_file()]
FORMS = [
    found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, forms.BaseForm)
    if found.__module__ == module.__name__ and found.base_fields
]
OF_A_FIELD = re.compile(r"{{\s*(?:form\.\w+|field)\s*(?:\||}})")
TYPED_INTO = re.compile(
    r"<(?:input(?![^>]*\b(?:hidden|readonly|submit)\b)|select|textarea(?![^>]*readonly))"
)


class Every(forms.Form):
    text = forms.CharField(help_text="why", required=False)
    number = forms.IntegerField()
    long = forms.CharField(widget=forms.Textarea(attrs={"class": "own"}))
    choice = forms.ChoiceField(choices=[("a", "A")])
    ticked = forms.BooleanField()
    radio = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)


def form_of(kind: type[forms.BaseForm], data: dict | None = None) -> forms.BaseForm:
    needed: dict[str, Any] = {}
    if issubclass(kind, CountedForm):
        needed["request"] = RequestFactory().get("/")
    if issubclass(kind, ResetForm):
        needed["user"] = User()
    return kind(data, **needed)


def test_every_form_is_tested():
    assert {found.__name__ for found in FORMS} >= {
        "LoginForm",
        "RegisterForm",
        "ProfileForm",
        "PasswordForm",
        "ConfirmForm",
        "ArticleForm",
    }


def test_default_renderer_is_the_sites():
    assert isinstance(get_default_renderer(), FormRenderer)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FORMS, ids=lambda kind: kind.__name__)
def test_each_field_of_each_form_is_drawn_by_the_one_template(kind):
    form = form_of(kind)
    assert isinstance(form.renderer, FormRenderer)
    for field in form.visible_fields():
        assert field.template_name == "django/forms/field.html"
        html = field.as_field_group()
        assert html.strip().startswith(f'<div class="form-field field-{field.widget_type}">')
        assert f'<label for="{field.id_for_label}">' in html
        assert ('class="form-control"' in html) is (field.widget_type != "checkbox")


def test_no_template_draws_a_field_by_itself():
    drawn = {
        path.relative_to(ROOT).as_posix(): OF_A_FIELD.findall(path.read_text(encoding="utf-8"))
        for path in (ROOT / "templates").rglob("*.html")
    }
    assert {path for path, found in drawn.items() if found} == {
        "templates/django/forms/field.html",
        "templates/includes/form.html",  # hidden ones
    }


def test_no_other_template_has_an_input_of_its_own_to_type_into():
    own = {"header.html", "picture_dialog.html"}  # the search box, and what a script sends alone
    found = {
        path.name
        for path in (ROOT / "templates").rglob("*.html")
        if TYPED_INTO.search(path.read_text(encoding="utf-8"))
    }
    assert found == own


def test_whole_form_uses_the_field_template():
    assert str(Every()).count('<div class="form-field field-') == 6


@pytest.mark.parametrize("name", ["text", "number", "long", "choice"])
def test_form_control_is_added_to_own_classes(name):
    html = Every()[name].as_field_group()
    assert re.search(r'class="(own )?form-control"', html)


def test_error_is_bound_to_its_input():
    field = Every({"number": "x"})["number"]
    html = field.as_field_group()
    assert 'class="form-control is-invalid"' in html
    assert 'aria-invalid="true"' in html
    (described,) = re.findall(r'aria-describedby="([^"]+)"', html)
    for each in described.split():
        assert f'id="{each}"' in html
    assert "Enter a whole number." in html


def test_help_is_bound_to_its_input():
    html = Every()["text"].as_field_group()
    assert 'aria-describedby="id_text_helptext"' in html
    assert '<p class="field-help" id="id_text_helptext">why</p>' in html


def test_optional_fields_are_marked():
    assert "optional" in Every()["text"].as_field_group()
    assert "optional" not in Every()["number"].as_field_group()


def test_a_checkbox_stands_before_its_label_and_is_no_form_control():
    html = Every()["ticked"].as_field_group()
    assert html.index("<input") < html.index("<label")
    assert "form-control" not in html


def test_a_group_of_inputs_has_a_legend():
    html = Every()["radio"].as_field_group()
    assert "<legend>Radio</legend>" in html
    assert html.count("<fieldset") == html.count("</fieldset>") == 1


def test_values_are_escaped():
    class Sly(forms.Form):
        name = forms.CharField(label="<b>", min_length=9)

    html = Sly({"name": '"><script>'})["name"].as_field_group()
    assert "<script>" not in html
    assert "<b>" not in html


def test_first_invalid_field_gets_the_focus_and_no_other():
    form = Every({"text": "given", "number": "x", "choice": "b"})
    focused = [field.name for field in form.visible_fields() if " autofocus" in str(field)]
    assert focused == ["number"]


def test_first_field_gets_the_focus_for_a_form_error():
    form = Every(
        {"number": 1, "long": "a", "choice": "a", "ticked": "on", "radio": "a", "secret": "s"}
    )
    form.add_error(None, "Wrong pair.")
    focused = [field.name for field in form.visible_fields() if " autofocus" in str(field)]
    assert focused == ["text"]


def test_valid_and_empty_forms_leave_the_focus_alone():
    assert " autofocus" not in str(Every())
    valid = {"number": 1, "long": "a", "choice": "a", "ticked": "on", "radio": "a", "secret": "s"}
    assert " autofocus" not in str(Every(valid))


def test_error_of_a_field_has_a_role():
    assert 'id="id_number_error" role="alert"' in Every({"number": "x"})["number"].as_field_group()


def test_parts_of_a_widget_keep_their_classes():
    class Dated(forms.Form):
        at = forms.SplitDateTimeField(widget=AdminSplitDateTime)

    assert re.findall(r'class="(v\w+)"', str(Dated()["at"])) == ["vDateField", "vTimeField"]


def test_a_field_is_never_cut_while_it_is_typed_or_pasted():
    html = ArticleForm()["summary"].as_widget()
    assert 'data-limit="300"' in html
    assert "maxlength" not in html
