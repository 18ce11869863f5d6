"""E-mail addresses as they stand in a header (RFC 5322, 3.4)."""

from email.errors import InvalidHeaderDefect
from email.message import EmailMessage


def address_in(said: str) -> str:
    """The address of `Name <address>`, or what is one by itself; empty where there is none, or more than one."""
    message = EmailMessage()
    try:
        message["From"] = said
        [one] = message["From"].addresses
    except (ValueError, IndexError):
        return ""
    broken = any(isinstance(defect, InvalidHeaderDefect) for defect in message["From"].defects)
    return str(one.addr_spec) if said.isprintable() and one.domain and not broken else ""


def plain_address_in(said: str) -> str:
    """The same, empty too where only servers with SMTPUTF8 (RFC 6531) take the address."""
    found = address_in(said)
    return found if found.isascii() else ""
