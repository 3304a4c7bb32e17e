"""`{% personal %}`: a part of a page that depends on its reader (Flask-Caching has no counterpart).

    {% personal article=owned %} … {{ user }} … {% endpersonal %}

A public page is rendered once for all readers, without these parts; each reader gets the page with
the parts as rendered for this reader. A part sees what the context processors give (`user`,
`request`, `perms`, `messages`, `csrf_token`) and the values named in the tag: text, numbers, dates
or dicts of them. On any other page it is rendered in its place, and sees the same.
"""

from typing import Any, cast

from django.template import Context, Library, Node, NodeList, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString

from core.page_cache.common_request import CommonRequest
from core.page_cache.gaps import Part, plain, rendered

register = Library()


class PersonalNode(Node):
    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist, self.values = nodelist, values

    def render(self, context: Context) -> SafeString:
        values = {name: plain(name, each.resolve(context)) for name, each in self.values.items()}
        request: Any = getattr(context, "request", None)
        part = Part(self.nodelist, values, cast(Template, context.template))
        if isinstance(request, CommonRequest):
            return SafeString(request.gaps.leave(part, context))
        if request is not None:
            return SafeString(rendered([part], request)[0])
        return self.nodelist.render(context.new(values))  # an error page knows of no reader


@register.tag
def personal(parser: Parser, token: Token) -> PersonalNode:
    """{% personal NAME=VALUE … %} … {% endpersonal %}"""
    words = token.split_contents()[1:]
    values = token_kwargs(words, parser)
    if words:
        raise TemplateSyntaxError(f"{{% personal %}} takes NAME=VALUE, not {words[0]!r}.")
    if any(name == "cache" for name, _ in parser.command_stack):
        raise TemplateSyntaxError("{% personal %} within {% cache %} would be kept for others.")
    nodelist = parser.parse(("endpersonal",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise TemplateSyntaxError("{% block %} within {% personal %} would never be replaced.")
    return PersonalNode(nodelist, values)
