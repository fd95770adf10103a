"""Every text that can be translated, as makemessages would find it, and catalogues made from them.

Without the gettext tools, so that the tests run on any machine: Python's texts come from its syntax
tree, the templates' from Django's own `templatize`. A text that is put together first and then
translated is in neither, so the pages that use it stay English, and a test says so.
"""

import ast
import gettext
import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
ONE = {"gettext", "gettext_lazy", "gettext_noop", "_"}
MANY = {"ngettext", "ngettext_lazy"}
QUOTED = r"""u?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
CALL = re.compile(rf"\b(n?gettext|_)\({QUOTED}(?:,\s*{QUOTED})?")
HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"

Message = tuple[str, str]  # singular, and plural or ""


def our_messages() -> set[Message]:
    """Return every text of the product's own code and templates."""
    found: set[Message] = set()
    for folder in ("reports", "config"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(python_messages(path.read_text()))
    for suffix in ("html", "txt"):
        for path in (ROOT / "templates").rglob(f"*.{suffix}"):
            found |= set(template_messages(path.read_text()))
    return found


def python_messages(source: str) -> Iterator[Message]:
    """Yield the constant texts of calls such as _("…") and ngettext("…", "…", n)."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if name in ONE and texts:
            yield texts[0], ""
        elif name in MANY and len(texts) > 1:
            yield texts[0], texts[1]


def template_messages(source: str) -> Iterator[Message]:
    """Yield the texts of translate and blocktranslate tags, and of _("…") in arguments."""
    for call, first, second in CALL.findall(templatize(source)):
        # makemessages reads a per cent sign of a template as %%, and so does the catalogue.
        yield ast.literal_eval(first), ast.literal_eval(second) if call == "ngettext" else ""


def library_messages() -> set[Message]:
    """Return the texts of Django and of the installed apps, which have German catalogues."""
    folders = [
        Path(django.__file__).parent / "conf",
        *(Path(c.path) for c in apps.get_app_configs()),
    ]
    found: set[Message] = set()
    for folder in folders:
        path = folder / "locale" / "de" / "LC_MESSAGES" / "django.mo"
        if not path.is_file():
            continue
        with path.open("rb") as file:
            known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        for key in known:
            # The plural's own words are not in it: the singular's stand for them.
            text = key[0] if isinstance(key, tuple) else key
            if text:
                found.add((text, text if isinstance(key, tuple) else ""))
    return found


def write_catalogue(path: Path, messages: set[Message], translate: Callable[[str], str]) -> None:
    """Write a compiled catalogue (.mo) in which each text is translated by the function."""
    entries = {"": HEADER}
    for singular, plural in sorted(messages):
        context, _, text = singular.rpartition("\x04")  # a context is never translated
        if plural:
            words = plural.rpartition("\x04")[2]
            entries[f"{singular}\0{words}"] = f"{translate(text)}\0{translate(words)}"
        else:
            entries.setdefault(f"{context}\x04{text}" if context else text, translate(text))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_compiled(entries))


def _compiled(entries: dict[str, str]) -> bytes:
    """Return GNU's format: a header, two tables of (length, offset), then the texts."""
    pairs = sorted((key.encode(), value.encode()) for key, value in entries.items())
    offset = 28 + 16 * len(pairs)
    tables: list[bytes] = []
    texts = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(texts)))
            texts += pair[column] + b"\0"
    count = len(pairs)
    header = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return header + b"".join(tables) + texts
