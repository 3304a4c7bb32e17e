from core.markdown.outline import outline


def test_outline_is_of_h2_and_h3_and_only_when_there_are_three():
    html = '<h2 id="a">A &amp; <code>b</code></h2><h3 id="c">C</h3><h4 id="d">D</h4>'
    assert outline(html) == []
    entries = outline(html + '<h2 id="e">E</h2>')
    assert [tuple(entry) for entry in entries] == [
        (2, "a", "A &amp; b"),
        (3, "c", "C"),
        (2, "e", "E"),
    ]
