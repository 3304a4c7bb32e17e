"""Renders the fields of every form alike (Flask: WTForms' render_kw).

Each input has the class `form-control`, an invalid one also `is-invalid`, and the first invalid one
gets the focus. The template templates/django/forms/field.html shows label, input, help and first
error. Widgets of several inputs, such as the admin's date and time, keep the classes of each input.
"""

from typing import Any

from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import CheckboxInput, HiddenInput, MultiWidget, Widget

OVER_LIMIT = "max_length"  # the code of the error for a value that is too long
# A class of a MultiWidget replaces those of its inputs, by which the admin's scripts find them.
UNSTYLED = (CheckboxInput, HiddenInput, MultiWidget)


class StyledBoundField(BoundField):
    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        attrs |= self._focus(widget) | limit(widget)
        if isinstance(widget, UNSTYLED):
            return attrs
        classes = [widget.attrs.get("class", ""), "form-control"]
        classes += ["is-invalid"] if self.errors else []
        return attrs | {"class": " ".join(filter(None, classes))}

    def _focus(self, widget: Widget) -> dict[str, Any]:
        """`autofocus` for the first invalid field, or the first field if the form itself is."""
        if not self.form.errors:
            return {}
        shown = [field.name for field in self.form.visible_fields()]
        first = next((name for name in shown if name in self.form.errors), shown[0])
        return {"autofocus": first == self.name and not isinstance(widget, HiddenInput)}


def limit(widget: Widget) -> dict[str, Any]:
    """`data-limit` instead of `maxlength`, at which browsers silently cut pasted text."""
    most = widget.attrs.get("maxlength")
    return {} if most is None else {"maxlength": False, "data-limit": most}


class FormRenderer(TemplatesSetting):
    bound_field_class = StyledBoundField


def form_status(form: BaseForm) -> int:
    """The status of the page that shows a form again: 400 if a value is too long, else 200."""
    errors = [error for found in form.errors.as_data().values() for error in found]
    return 400 if any(error.code == OVER_LIMIT for error in errors) else 200
