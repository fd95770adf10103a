"""The tool that makes the pseudo-languages: it finds every text, and changes only words."""

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.languages.catalogue import (
    ROOT,
    our_messages,
    python_messages,
    template_messages,
    write_catalogue,
)
from tests.languages.pseudo import (
    LONGER_BY,
    chart_words,
    forgotten_words,
    in_arabic_letters,
    longer,
)

PYTHON = """
_("one " "text")
x = gettext_lazy("lazy") % {"n": 1}
ngettext("%(n)d day", "%(n)d days", days)
_(made_up)
other("no text")
"""
TEMPLATE = """{% translate "A “word”" %}{% translate 'x' as y %}{{ _("in a variable") }}
{% include "a.html" with name=_("an argument") %}{% blocktranslate %}by {{ who }}{% endblocktranslate %}
{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}
{# _("a comment") #}"""


def test_texts_are_found_in_code() -> None:
    assert set(python_messages(PYTHON)) == {
        ("one text", ""),
        ("lazy", ""),
        ("%(n)d day", "%(n)d days"),
    }


def test_texts_are_found_in_templates() -> None:
    assert set(template_messages(TEMPLATE)) == {
        ("A “word”", ""),
        ("x", ""),
        ("in a variable", ""),
        ("an argument", ""),
        ("by %(who)s", ""),
        ("%(n)s day", "%(n)s days"),
    }


@pytest.mark.parametrize("translate", [longer, in_arabic_letters])
def test_what_python_fills_in_survives(translate: object) -> None:
    holes = re.compile(r"%\(\w+\)[-0-9.]*[a-z]|%%|<[^>]+>")
    for message in our_messages():
        for text in message:
            changed = translate(text)  # type: ignore[operator]
            assert sorted(holes.findall(changed)) == sorted(holes.findall(text))


def test_words_grow_as_said() -> None:
    assert len(longer("Sessions")) == 8 + round(8 * LONGER_BY)
    assert forgotten_words(f"<p>{longer('Time in session: %(n)s h')}</p>" % {"n": 5}) == []


def test_english_is_noticed_wherever_it_is_read() -> None:
    page = """<p title="a title">x <b>bold</b> <code>entry_id code</code></p>
    <input placeholder="words"><a aria-label="label">ḗ</a> a@b.example UTC 1_abcd
    <script>const word = 1;</script>"""
    assert {one.text for one in forgotten_words(page)} == {"a title", "bold", "words", "label"}
    option = {"type": "bar", "series": [{"name": "People", "data": [1, {"value": 2}]}]}
    assert chart_words(option) == ["People"]


def test_the_catalogue_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "xx" / "django.mo"
    messages = {("one", ""), ("%d day", "%d days"), ("month\x04May", "")}
    write_catalogue(path, messages, str.upper)
    with path.open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("one") == "ONE"
    assert [read.ngettext("%d day", "%d days", n) for n in (1, 2)] == ["%D DAY", "%D DAYS"]
    assert read.pgettext("month", "May") == "MAY"


def test_makemessages_runs_clean_and_finds_the_same(tmp_path: Path) -> None:
    tools = shutil.which("xgettext"), shutil.which("msgfmt")
    if not all(tools):
        return  # the gettext tools are for translators; the tests above need none
    for folder in ("reports", "config", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "de", "--no-wrap"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}  # no settings of any project
    done = subprocess.run(
        [*command, "--extension", "html,txt,py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    po = tmp_path / "locale" / "de" / "LC_MESSAGES" / "django.po"
    found = set(re.findall(r'^msgid "(.+)"$', po.read_text(), re.MULTILINE))
    ours = {singular.replace('"', r"\"") for singular, _ in our_messages()}
    assert {one for one in ours if "\n" not in one} ^ {
        one for one in found if "\\n" not in one
    } == set()
    checked = subprocess.run(
        [str(tools[1]), "--check", "-o", str(po.with_suffix(".mo")), str(po)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
