"""What a web server runs. It refuses to start with settings that the checks call wrong."""

import os

from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

if errors := [str(error) for error in run_checks(tags=["rollcall"]) if error.level >= ERROR]:
    raise SystemExit("\n".join(errors))
