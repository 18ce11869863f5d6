"""What stops a command."""


class Trouble(Exception):
    """Told to the person at the terminal as it stands: one sentence per problem, each with its fix."""
