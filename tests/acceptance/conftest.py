"""What pytest finds by this file's name: the fixtures that other folders of tests use as well."""
from fixtures import *  # noqa: F401,F403
