"""The product's settings for web processes of these tests, with whatever the environment says.

Only the static files differ: they are read where they lie, so that nothing has to be collected.
"""

from config.settings import *  # noqa: F403
from config.settings import STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
