"""The studio of the whole way, for lessons in which something goes wrong."""

from tests.end_to_end.conftest import quiet as quiet
from tests.end_to_end.conftest import studio as studio
from tests.studio.conftest import home as home
