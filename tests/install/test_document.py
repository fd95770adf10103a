"""What docs/install.md and its examples say is complete, and true of the program."""

import ast
import re
from pathlib import Path

from django.conf import settings
from django.core.management import get_commands

from tests.install.document import DOCS, EXAMPLES, INSTALL, blocks

ROOT = Path(settings.BASE_DIR)


def test_every_block_of_commands_is_run_or_says_why_not() -> None:
    assert len(blocks()) > 15
    assert [block.commands for block in blocks() if not block.mark] == []
    names = [block.name for block in blocks() if block.mark == "run"]
    assert len(names) == len(set(names))


def test_every_step_is_run_by_a_test() -> None:
    run = {
        call.args[0].value
        for file in Path(__file__).parent.glob("test_*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("machine.run", "small_machine.run")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert {block.name for block in blocks() if block.mark == "run"} == run


def test_every_command_of_the_program_exists() -> None:
    texts = [INSTALL, *EXAMPLES.iterdir()]
    used = {
        name for file in texts for name in re.findall(r"manage\.py ([a-z_]+)", file.read_text())
    }
    assert len(used) > 5
    assert used <= set(get_commands())


def test_every_setting_exists() -> None:
    example = re.findall(r"^#? ?([A-Z_]+)=", (EXAMPLES / "rollcall.env").read_text(), re.MULTILINE)
    named = re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", INSTALL.read_text())
    known = {"WEB_CONCURRENCY", *settings.SETTING_NAMES}
    assert len(example) > 5
    assert {name.removesuffix("_FILE") for name in (*example, *named)} <= known


def test_every_example_is_used_and_every_link_leads_somewhere() -> None:
    text = INSTALL.read_text()
    for file in EXAMPLES.iterdir():
        assert f"docs/examples/{file.name}" in text, file.name
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert len(links) > 3
    assert [link for link in links if not (DOCS / link).exists()] == []
    anchors = re.findall(r"\]\(#([^)]+)\)", text)
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    assert set(anchors) <= headings
