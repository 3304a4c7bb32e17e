"""A form of an article, as the site's editor and the admin have it: the text is rendered once.

A text that is over one of the limits in core.markdown.budgets is an error beside its field, not
one of save().
"""

from django import forms
from django.core.exceptions import ValidationError

from articles.models import Article
from core.backends.form_renderer import OVER_LIMIT
from core.markdown import TextRefused


class RenderedForm(forms.ModelForm):
    instance: Article

    def _post_clean(self) -> None:
        """After Django has put the values into the instance: renders its text.

        Before, `breaks` may not have been cleaned yet, on which the HTML depends too.
        """
        super()._post_clean()  # type: ignore[misc]  # the stubs leave it out
        if "body" in self.cleaned_data:
            self.render_text()

    def render_text(self) -> None:
        try:
            self.instance.render_body()
        except TextRefused as refusal:
            self.add_error("body", ValidationError(str(refusal), OVER_LIMIT))
