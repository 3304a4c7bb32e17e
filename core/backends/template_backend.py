"""Django's template backend, with Flask's signals before and after each rendering.

before_render_template and template_rendered are sent for each template that a view, a form or a
mail renders (Django sends the latter in tests only), not for templates that it includes or
extends. A receiver of the first may change the context. Without receivers nothing is added.
"""

from typing import Any, cast

from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.backends.django import DjangoTemplates, reraise
from django.template.backends.django import Template as StockTemplate
from django.utils.safestring import SafeString

from core.signals import before_render_template, template_rendered


class Template(StockTemplate):
    @property
    def name(self) -> str | None:
        """The name it was loaded by, `about.html`; None for a template made from a string."""
        return self.template.name

    def render(
        self, context: dict[str, Any] | None = None, request: HttpRequest | None = None
    ) -> SafeString:
        if not (before_render_template.receivers or template_rendered.receivers):
            return cast(SafeString, super().render(context, request))
        context = {} if context is None else context
        arguments = {"template": self, "context": context, "request": request}
        before_render_template.send(Template, **arguments)
        text = super().render(context, request)
        template_rendered.send(Template, **arguments)
        return cast(SafeString, text)


class SignallingTemplates(DjangoTemplates):
    def from_string(self, template_code: str) -> Template:
        return Template(self.engine.from_string(template_code), self)

    def get_template(self, template_name: str) -> Template:
        try:
            return Template(self.engine.get_template(template_name), self)
        except TemplateDoesNotExist as error:
            reraise(error, self)
