"""How gunicorn serves Rollcall: `gunicorn --config config/gunicorn.py config.wsgi`.

Options on the command line win over this file. Each worker process answers `threads` requests at once.
"""

import gc
import os

from django.urls import get_resolver

bind = "127.0.0.1:8000"  # only for the proxy of this machine, which speaks HTTPS to everybody else
workers = int(os.environ.get("WEB_CONCURRENCY") or 3)
worker_class = "gthread"
threads = 4
timeout = 120  # seconds without a sign of life, after which a worker process is replaced
graceful_timeout = 60  # seconds to end what is being answered, such as a long file
control_socket_disable = True  # systemd starts and stops it


def post_worker_init(_worker: object) -> None:
    """Load every page now, and leave all that out of the collector's later rounds.

    They would look through it again whenever a page has made many small things: a register of
    12,000 cells waited longer for that than for the database.
    """
    get_resolver().url_patterns  # noqa: B018
    gc.collect()
    gc.freeze()
