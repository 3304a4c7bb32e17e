import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.http.ip_addresses import parsed, plain


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1:1001", "10.0.0.1"),
        (" 10.0.0.1:1001 ", "10.0.0.1"),
        ('"10.0.0.1:1001"', "10.0.0.1"),
        ("[::1]:99", "::1"),
        ("[::1]", "::1"),
        ('"[2001:DB8::7]:99"', "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:0a00:1", "10.0.0.1"),
        ("[::ffff:10.0.0.1]:99", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:1", "fe80::1"),
    ],
)
def test_an_address_has_one_spelling(text, address):
    assert plain(text) == address


@pytest.mark.parametrize(
    "text", ["", "unknown", "_hidden", "10.0.0.1:x", "10.0.0", "[::1", ":99", "unix:", "1" * 99]
)
def test_what_is_no_address_is_none(text):
    assert parsed(text) is None
    assert plain(text) == text


@given(st.text())
def test_no_text_is_an_error(text):
    parsed(text)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_a_port_changes_no_address(address, port):
    host = f"[{address}]" if address.version == 6 else str(address)
    assert plain(f"{host}:{port}") == plain(str(address))
