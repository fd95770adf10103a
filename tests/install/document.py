"""The commands of docs/install.md: what is run by the tests, what by hand, and why."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

DOCS = Path(settings.BASE_DIR) / "docs"
INSTALL = DOCS / "install.md"
EXAMPLES = DOCS / "examples"
_BLOCK = re.compile(
    r"^(?:<!-- (run|by hand): ([^\n]+) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A block of shell commands."""

    mark: str  # "run", "by hand" or "" for one without a mark
    name: str  # the step's name, or why it is not run here
    commands: str


def blocks() -> list[Block]:
    """Return every block of shell commands, in their order."""
    found = _BLOCK.findall(INSTALL.read_text())
    return [Block(mark, name, text) for mark, name, language, text in found if language == "sh"]


def commands(step: str) -> str:
    """Return the commands of the step. Raises LookupError for a name that is not in the document."""
    for block in blocks():
        if (block.mark, block.name) == ("run", step):
            return block.commands
    raise LookupError(f"docs/install.md has no step “{step}”.")
