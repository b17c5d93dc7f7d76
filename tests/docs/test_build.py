"""The pages are built without a warning, lead nowhere that is not there, and fetch nothing."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from tests import ROOT


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The pages as HTML."""
    out = tmp_path_factory.mktemp("pages")
    sphinx = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", ROOT / "docs", out]
    done = subprocess.run([*sphinx, "--doctree-dir", out / ".doctrees"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out


class Page(HTMLParser):
    """What a page fetches when it is shown, where its links lead, and what in it can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.fetched, self.links, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors.add(values.get("id"))
        if tag == "a":
            self.links.append(values.get("href") or "")
        elif tag in ("img", "script", "iframe", "source") and values.get("src"):
            self.fetched.append(values["src"])
        elif tag == "link":
            self.fetched.append(values.get("href") or "")


def test_nothing_is_fetched_from_elsewhere(built):
    for path in built.rglob("*.html"):
        assert not [url for url in Page(path).fetched if urlsplit(url).netloc], path.name
    for path in built.rglob("*.css"):
        assert not re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8")), path.name


def test_every_link_leads_to_a_place_that_is_there(built):
    pages = {path.resolve(): Page(path) for path in built.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            url = urlsplit(link)
            if url.scheme:
                assert url.scheme == "https", f"{path.name}: {link}"
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.exists() or (url.fragment and target in pages and url.fragment not in pages[target].anchors):
                dead.append(f"{path.name}: {link}")
    assert not dead


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md", "resources/model/README.md"])
def test_links_of_pages_outside_docs_lead_to_files(file):
    page = ROOT / file
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_the_readme_is_short():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert len(re.findall(r"^!\[", text, re.MULTILINE)) == 4


def test_every_picture_is_shown():
    pages = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    assert {path.name for path in (ROOT / "resources" / "pictures").iterdir()} == set(
        re.findall(r"pictures/(\S+?)\)", pages)
    )
