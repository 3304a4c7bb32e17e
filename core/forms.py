"""How every form looks (Flask: WTForms' render_kw): one renderer, one field template.

Promises: each input has the class `form-control`, an invalid one `is-invalid` too; the
template templates/django/forms/field.html shows label, input, help and first error.
"""

from typing import Any

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import CheckboxInput, HiddenInput, Widget

UNSTYLED = (CheckboxInput, HiddenInput)


class StyledBoundField(BoundField):
    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: Widget | None = None
    ) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if isinstance(widget, UNSTYLED):
            return attrs
        classes = [widget.attrs.get("class", ""), "form-control"]
        classes += ["is-invalid"] if self.errors else []
        return attrs | {"class": " ".join(filter(None, classes))}


class FormRenderer(TemplatesSetting):
    bound_field_class = StyledBoundField
