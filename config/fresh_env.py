"""Write an env file of fresh keys, good for a local run: `python config/fresh_env.py .env`.

Needs nothing but Python's library, because it runs before anything is installed. An existing file
is left as it is: its keys decrypt what the database holds.
"""

import base64
import os
import secrets
import sys
from pathlib import Path


def env_lines(**more: str) -> str:
    """Return the text of an env file with new keys and the given variables."""
    values = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ROLLCALL_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        **more,
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def write_fresh_env(file: Path, **more: str) -> bool:
    """Write the file, readable by its owner only, unless it exists; return whether it was written.

    Raises OSError where the folder can't be written.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("# Fresh keys of this installation. Every setting is in .env.example.\n")
        stream.write(env_lines(**more))
    return True


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if write_fresh_env(target):
        print(f"Wrote {target} with fresh keys.")
