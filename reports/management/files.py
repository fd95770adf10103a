"""Files that commands write: whole, or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError

COMMAND_LINE = "command line"  # in the access log, where a person's name would stand


@contextmanager
def whole_file(name: str) -> Iterator[Path]:
    """Give a path to write to, beside the wanted file; it takes that one's place when all went well.

    Whatever goes wrong, an older file of the name stays as it was and no part is left.
    Raises: CommandError when there can't be such a file.
    """
    target = Path(name).expanduser().resolve()
    if target.exists() and not target.is_file():
        raise CommandError(f"“{name}” is not a file that can be replaced: give another --output.")
    part = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        part.touch(exist_ok=False)
        yield part
        part.replace(target)
    except OSError as error:
        raise CommandError(f"“{name}” can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)
