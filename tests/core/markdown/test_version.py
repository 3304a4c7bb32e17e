"""VERSION is raised with each change of the HTML, so that stored HTML is rendered anew."""

from hashlib import sha256
from pathlib import Path

from core.markdown import VERSION, render, summarise

SAMPLES = Path(__file__).with_name("samples.md")
# The digest of each version's HTML. Append only: if a released line changed, sites would keep the
# old HTML. Two changes between two releases may share one version.
DIGESTS = {
    1: "ef2fea133b8f80d554b0f4d59e3b61a1d72ae61613073d5834001fe4a80ab246",
    2: "a1131e55421b8e16d92d538f77c914739bff5257e85c2af99104e18f128d985c",
}
ADVICE = """
The samples are rendered otherwise than this version did. Stored HTML would stay as it was:
1. Raise VERSION in core/markdown/__init__.py by one, unless it was raised since the last release.
2. Add to DIGESTS in tests/core/markdown/test_version.py, behind that version:
       "{digest}",
3. Where only samples.md has changed, step 2 is enough.
"""


def digest_of_samples() -> str:
    text = SAMPLES.read_text(encoding="utf-8")
    found = [render(text), render(text, breaks=True)]
    found.append(summarise(found[0]))
    return sha256("\0".join(found).encode()).hexdigest()


def test_other_html_is_another_version() -> None:
    digest = digest_of_samples()
    assert DIGESTS.get(VERSION) == digest, ADVICE.format(digest=digest)


def test_each_version_has_its_digest() -> None:
    assert sorted(DIGESTS) == [*range(1, VERSION + 1)]
    assert len({*DIGESTS.values()}) == len(DIGESTS)
