"""What a person at the terminal is told while a command works."""

import sys


def tell(sentence: str) -> None:
    """Tell on stderr, where it disturbs no script."""
    sys.stderr.write(f"studio: {sentence}\n")
    sys.stderr.flush()
