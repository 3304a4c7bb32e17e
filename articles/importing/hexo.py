"""Recognises files of a Hexo blog, whose Markdown renders each line end as a line break.

A Hexo blog keeps its posts in `source/_posts`, and renders all files below `source`. Jekyll and
Octopress may have that folder too; the settings beside it tell which generator it belongs to.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

CONFIG = "_config.yml"
LONGEST = 1_000_000  # bytes of the settings
HEXO_KEYS = {  # settings that no other generator has
    "source_dir", "public_dir", "new_post_name", "default_layout", "filename_case",
    "post_asset_folder", "index_generator", "skip_render",
}  # fmt: skip
RENDERERS = ("marked", "markdown")  # hexo-renderer-marked, hexo-renderer-markdown-it


def keeps_line_breaks(file: Path) -> bool:
    """Whether Hexo renders a line end of `file` as a line break."""
    return any(
        folder.name == "source" and (folder / "_posts").is_dir() and breaks_in(folder.parent)
        for folder in Path(os.path.abspath(file)).parents
    )


@lru_cache(maxsize=16)
def breaks_in(blog: Path) -> bool:
    """The value in the blog's settings; without settings Hexo's default, True."""
    if not (blog / CONFIG).exists():
        return True
    settings = settings_of(blog / CONFIG)
    if not HEXO_KEYS & settings.keys():
        return False
    return not any(is_off(settings.get(name)) for name in RENDERERS)


def settings_of(file: Path) -> dict[str, Any]:
    """Returns the settings by name, or none if the file cannot be parsed."""
    try:
        with file.open("rb") as opened:
            found = yaml.load(opened.read(LONGEST), Loader=yaml.BaseLoader)
    except (OSError, yaml.YAMLError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_off(renderer: Any) -> bool:
    """`breaks: false` of hexo-renderer-marked, or below `render:` of hexo-renderer-markdown-it."""
    if not isinstance(renderer, dict):
        return False
    breaks = str(renderer.get("breaks")).lower()
    return breaks in {"false", "no", "off"} or is_off(renderer.get("render"))
