"""What every template must not have: the page's policy forbids it, or it can't be translated."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static

from reports.templatetags import rollcall

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_inline_script_style_or_handler(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_text_can_be_translated(path: Path) -> None:
    text = re.sub(
        r"{% block page_class.*?endblock[^%]*%}|{% blocktranslate.*?endblocktranslate[^%]*%}"
        r"|{%.*?%}|{{.*?}}|{#.*?#}",
        " ",
        path.read_text(),
        flags=re.DOTALL,
    )
    # Code is code in every language.
    text = re.sub(r"<code\b[^>]*>.*?</code>|<[^>]*>|&\w+;", " ", text, flags=re.DOTALL)
    words = re.findall(r"[A-Za-z]{2,}", text)
    assert words == []


def test_a_missing_asset_leaves_the_page_working(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        if name.startswith("vendor/"):
            raise ValueError(f"Missing staticfiles manifest entry for '{name}'")
        return static(name)

    monkeypatch.setattr(rollcall, "static", missing)
    page = render_to_string("404.html")
    assert "vendor/" not in page
    assert "rollcall.css" in page
