"""Makes pytest load the fixtures, which other test folders use as well."""
from fixtures import *  # noqa: F401,F403
