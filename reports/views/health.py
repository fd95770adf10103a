"""What a load balancer asks: is the process alive, and can it answer pages. No sign-in, no data."""

from collections import Counter

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports.alerts.watch import notices

PLAIN = "text/plain; charset=utf-8"


@never_cache
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process answers at all."""
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and knows every migration, 503 with the reason else.

    Alerts are lines of a 200: a sync that stands still is no reason to take pages away. They name no
    account, because anybody may ask.
    """
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return HttpResponse("migrations are pending\n", status=503, content_type=PLAIN)
        kinds = Counter(notice.kind for notice in notices(timezone.now()))
    except DatabaseError:
        return HttpResponse("the database doesn't answer\n", status=503, content_type=PLAIN)
    lines = ["ready", *(f"degraded: {kind} ({count})" for kind, count in sorted(kinds.items()))]
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type=PLAIN)
