"""The form of an autosave: what the editor holds, which may be incomplete."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from articles.forms import LONGEST_BODY, LONGEST_MOMENT, parse_moment
from articles.models import WorkingCopy
from articles.working_copies import parse_stamp


class WorkingCopyForm(forms.ModelForm):
    body = forms.CharField(required=False, strip=False, max_length=LONGEST_BODY)
    seen = forms.CharField(required=False, max_length=LONGEST_MOMENT)

    class Meta:
        model = WorkingCopy
        fields = ["title", "body", "breaks", "summary", "tags", "window", "sequence"]

    def clean_body(self) -> str:
        return self.cleaned_data["body"].replace("\r\n", "\n")

    def clean(self) -> dict[str, Any] | None:
        cleaned = self.cleaned_data
        stamp = parse_stamp(f"{cleaned.get('window')}:{cleaned.get('sequence')}")
        if stamp is None:
            raise forms.ValidationError(_("The window and the number of the change are missing."))
        return super().clean()

    @property
    def values(self) -> dict[str, Any]:
        """The values that a working copy keeps."""
        names = ("title", "body", "breaks", "summary", "tags")
        values = {name: self.cleaned_data[name] for name in names}
        seen = self.cleaned_data["seen"]
        return values | {"based_on": parse_moment(seen) if seen else None}

    @property
    def problem(self) -> str:
        """Its errors in one sentence each, with the names of the fields."""
        found = []
        for name, errors in self.errors.items():
            label = self.fields[name].label or self[name].label if name in self.fields else ""
            found += [f"{label}: {error}" if label else str(error) for error in errors]
        return " ".join(found)
