"""Static files as a real site serves them: collected, under names that change with their content."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from tests import factories
from tests.addresses import addresses, world
from tests.browser.every_page import DAYS, is_page
from tests.views.conftest import signed_in

NAMED = re.compile(r'(?:src|href)="(/static/[^"]+)"')
HASHED = re.compile(r"^/static/.+\.[0-9a-f]{12}\.(?:css|js|svg)$")
OURS = Path(__file__).resolve().parents[2] / "static"
ASKED = re.compile(r"@import|\burl\(|^\s*(?:import|export)\b.*|\bimport\(", re.MULTILINE)
SITE = {"reports:overview", "reports:session", "reports:report-example", "reports:help"}
TEN_YEARS = 10 * 365 * 24 * 3600  # seconds


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    """The folder that the web server reads, filled by the real command into the real storage."""
    settings.STATIC_ROOT = tmp_path
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    # Not those of Django itself, whose pages are not ours: most of the time.
    others = ["admin", "django_tables2"]
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=others)
    return tmp_path


def pages() -> Iterator[tuple[str, str]]:
    """Yield name and text of every page, that of the sign-in too."""
    yield "login", Client().get("/sign-in/").content.decode()
    client = signed_in(factories.administrator())
    for name, url in addresses(world()).items():
        answer = client.get(url + DAYS)
        if is_page(answer):
            yield name, answer.content.decode()


@pytest.mark.django_db
def test_every_file_of_every_page_is_named_by_its_content_and_kept_for_ever(
    collected: Path,
) -> None:
    named = {name: set(NAMED.findall(text)) for name, text in pages()}
    assert set(named) > SITE
    files = set().union(*named.values())
    assert [one for one in files if "echarts" in one]
    assert sorted(one for one in files if not HASHED.match(one)) == []
    browser = Client(headers={"Accept-Encoding": "br"})
    for one in sorted(files):
        answer: Any = browser.get(one)
        assert answer.status_code == 200, one
        kept = re.fullmatch(r"max-age=(\d+), public, immutable", answer.headers["Cache-Control"])
        assert kept, one
        assert int(kept[1]) >= TEN_YEARS
        assert answer.headers["Content-Encoding"] == "br", one
        sent = brotli.decompress(b"".join(answer.streaming_content))
        assert sent == (collected / one.removeprefix("/static/")).read_bytes()
        answer.close()


@pytest.mark.parametrize(
    "path", [*OURS.rglob("*.css"), *OURS.rglob("*.js")], ids=lambda it: it.name
)
def test_no_file_of_ours_asks_for_another_one(path: Path) -> None:
    """Else a browser would wait for it twice, and the storage had to write its name into this one."""
    assert not ASKED.search(path.read_text())
