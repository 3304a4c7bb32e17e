"""Pictures of this site have a size and smaller files; one alone with a title is a figure."""

import re

import pytest

from core.markdown import render, summarise

NAME = "5d0c0000000000000000000000000000000000ab"


def test_picture_of_this_site_has_its_size_and_smaller_files() -> None:
    stem = f"/media/{NAME}-1000x500"
    assert render(f"![x]({stem}.jpg)") == (
        f'<p><img width="1000" height="500" srcset="{stem}-480w.jpg 480w, {stem}-960w.jpg 960w, '
        f'{stem}.jpg 1000w" sizes="(max-width: 46rem) 100vw, 44rem" src="{stem}.jpg" alt="x">'
        "</p>\n"
    )


@pytest.mark.parametrize("file", ["400x300.png", "1000x500-animated.webp"])
def test_small_picture_and_animation_have_one_file(file: str) -> None:
    html = render(f"![x](/media/{NAME}-{file})")
    assert 'width="' in html and "srcset" not in html


def test_pictures_below_the_fold_are_lazy() -> None:
    one, two = "![x](/1.png)", "![x](/2.png)"
    assert re.findall("/[12].png[^>]*lazy", render(f"{one}\n\n{two}")) == [
        '/2.png" alt="x" loading="lazy'
    ]
    assert "lazy" in render(f"{'Text. ' * 200}\n\n{one}")


def test_size_that_the_author_chose_stays() -> None:
    html = render(f'<img src="/media/{NAME}-1000x500.jpg" width="200">')
    assert html.count("width=") == 1 and "height" not in html and "srcset" in html


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/x.jpg",
        f"https://a.example/media/{NAME}-1000x500.jpg",
        f"/media/{NAME}-1000x500.svg",
        f"/media/{NAME}-0x500.jpg",
        f"/media/{NAME}.jpg",
    ],
)
def test_other_pictures_are_left_alone(address: str) -> None:
    assert "width" not in render(f"![x]({address})")


def test_address_in_the_description_adds_nothing() -> None:
    html = render(f'![ src="/media/{NAME}-1000x500.jpg"](https://a.example/x.jpg)')
    assert "srcset" not in html


def test_picture_alone_with_a_title_is_a_figure() -> None:
    html = render('![x](https://a.example/x.png "The *pool* <b> & more")')
    assert html == (
        '<figure><img src="https://a.example/x.png" alt="x">'
        "<figcaption>The *pool* &lt;b&gt; &amp; more</figcaption></figure>\n"
    )
    assert summarise(html + "<p>Text</p>") == "Text"


@pytest.mark.parametrize(
    "text",
    ["![x](y.png)", 'Text ![x](y.png "z")', '- ![x](y.png "z")', '[![x](y.png "z")](/there)'],
)
def test_other_pictures_stay_in_their_text(text: str) -> None:
    assert "<figure" not in render(text)


def test_figure_in_an_open_element_is_balanced() -> None:
    html = render('<details>\n\n![x](y.png "z")\n\nText <em>\n\n![x](y.png "z")')
    assert html.count("<figure>") == html.count("</figure>") == 2
