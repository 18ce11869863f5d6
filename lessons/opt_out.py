"""Links by which a person stops letters without signing in (RFC 8058)."""

import hmac
from dataclasses import dataclass, field

PURPOSE = b"unsubscribe from letters about lessons"


@dataclass(frozen=True)
class OptOutLinks:
    """Whoever knows `secret` can sign; a link never expires, for old letters are read too."""

    base_url: str
    secret: str = field(repr=False)

    def link_for(self, role: str, person_id: str) -> str:
        signed = f"{role}.{person_id}"
        return f"{self.base_url}/api/unsubscribe?token={signed}.{self.signature(signed)}"

    def person_of(self, token: str) -> tuple[str, str] | None:
        """The role and id that a genuine token stands for."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self.signature(signed).encode(), signature.encode()):
            return None
        role, _, person_id = signed.partition(".")
        return role, person_id

    def signature(self, signed: str) -> str:
        """HMAC-SHA256, by a key that serves no other purpose."""
        key = hmac.digest(self.secret.encode(), PURPOSE, "sha256")
        return hmac.digest(key, signed.encode(), "sha256").hex()
