"""The base form of an article, for the editor and the admin: it renders the text once.

A text over a limit of core.markdown.budgets is an error of its field, and not raised by save().
"""

from django import forms
from django.core.exceptions import ValidationError

from articles.models import Article
from core.backends.form_renderer import OVER_LIMIT
from core.markdown import TextRefused


class RenderedForm(forms.ModelForm):
    instance: Article

    def _post_clean(self) -> None:
        """Renders the text once Django has put all values into the instance.

        Earlier, `breaks`, on which the HTML depends too, may not be cleaned yet.
        """
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        if "body" in self.cleaned_data:
            self.render_text()

    def render_text(self) -> None:
        try:
            self.instance.render_body()
        except TextRefused as refusal:
            self.add_error("body", ValidationError(str(refusal), OVER_LIMIT))
