"""g while a response streams: until it is closed, in whatever thread."""

import threading

import pytest
from asgiref.sync import async_to_sync
from django.core.wsgi import get_wsgi_application
from django.test import AsyncClient, RequestFactory

from core.g import current, g
from tests.core import g_views
from tests.core.g_views import STREAMED
from tests.core.g_views import own_views as own_views  # fixtures here too
from tests.core.g_views import torn_down as torn_down

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_views")]


def test_stream_sees_g_until_closed(client, torn_down):
    response = client.get("/stream")
    assert torn_down == []
    assert b"".join(response.streaming_content) == b"ink0 ink1 ink2 "
    assert STREAMED == [{"name": "ink", "sent": 3}]
    assert torn_down == [("/stream", type(None), ["name", "sent"])]
    assert not g


def test_closing_a_stream_early_ends_g(client, torn_down):
    response = client.get("/stream")
    assert next(response.streaming_content) == b"ink0 "
    response.close()
    assert (len(torn_down), bool(g)) == (1, False)


def test_unclosed_response_leaves_no_values(client):
    response = client.get("/stream")
    assert next(response.streaming_content) == b"ink0 "
    assert not g
    assert client.get("/shown").json()["before"] == []
    response.close()


@pytest.mark.parametrize("view", ["stream_async", "stream"])
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_a_stream_under_asgi(view, torn_down):
    async def ask():
        response = await AsyncClient().get(f"/{view}")
        return b"".join([part async for part in response])

    assert async_to_sync(ask)() == b"ink0 ink1 ink2 "
    assert STREAMED == [{"name": "ink", "sent": 3}]
    assert len(torn_down) == 1
    assert not g


def test_stream_sees_g_in_any_thread():
    environ = RequestFactory().get("/stream").environ
    response = get_wsgi_application()(environ, lambda *args: None)
    iterator = iter(response)
    found = []

    def ask():
        found.append(next(iterator))
        found.append(bool(g))

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    closing = threading.Thread(target=response.close)
    closing.start()
    closing.join()
    assert found == [b"ink0 ", False, b"ink1 ", False, b"ink2 ", False]
    assert current() is None


def test_file_response_keeps_the_servers_sendfile(torn_down):
    environ = RequestFactory().get("/file").environ | {"wsgi.file_wrapper": lambda file, size: file}
    file = get_wsgi_application()(environ, lambda *args: None)
    assert file.name == g_views.__file__
    assert torn_down == []
    file.close()
    assert (len(torn_down), bool(g)) == (1, False)
