"""What a load balancer asks: is the process alive, and can it answer pages. No sign-in, no data."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PLAIN = "text/plain; charset=utf-8"


@never_cache
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process answers at all."""
    return HttpResponse("ok\n", content_type=PLAIN)


@never_cache
@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and knows every migration, 503 with the reason else."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return HttpResponse("the database doesn't answer\n", status=503, content_type=PLAIN)
    if pending:
        return HttpResponse("migrations are pending\n", status=503, content_type=PLAIN)
    return HttpResponse("ready\n", content_type=PLAIN)
