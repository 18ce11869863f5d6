"""What `studio doctor` says of the mail server: all but a letter is tried."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.checking.finding import State
from studio.checking.mail import mail
from studio.ports import any_port
from studio.settings import Settings
from tests.vendors.certificates import Certificate, certificate_in
from tests.vendors.smtp import Post, guarded, guarded_otherwise, plain, serving

Whole = Callable[..., Settings]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate that this machine trusts."""
    made = certificate_in(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def by_smtp(whole: Whole, port: int, **named: object) -> Settings:
    server = {"provider": "smtp", "host": "127.0.0.1", "port": port, "sender": "me@studio.example"}
    return whole(mail=server | named)


async def test_a_server_that_takes_tls_login_and_sender_is_fine_and_gets_no_letter(
    whole: Whole, certificate: Certificate
) -> None:
    post = Post()
    async with serving(lambda: guarded(post, certificate)) as port:
        found = await mail(by_smtp(whole, port, username="resend", password="right"))
    assert (found.state, found.fix, post.taken) == (State.FINE, "", [])
    assert found.said.startswith(f"127.0.0.1:{port} lets us in, in ")


async def test_a_wrong_password_is_told_with_its_setting_and_not_itself(whole: Whole, certificate: Certificate) -> None:
    async with serving(lambda: guarded(Post(), certificate)) as port:
        found = await mail(by_smtp(whole, port, username="resend", password="planted"))
    assert (found.state, "STUDIO_MAIL__PASSWORD" in found.fix) == (State.WRONG, True)
    assert "planted" not in found.said + found.fix


async def test_a_certificate_that_nobody_trusts_is_told(whole: Whole, tmp_path: Path) -> None:
    stranger = certificate_in(tmp_path)
    async with serving(lambda: guarded(Post(), stranger)) as port:
        found = await mail(by_smtp(whole, port))
    assert (found.state, "certificate" in found.said, "STUDIO_MAIL__TLS" in found.fix) == (State.WRONG, True, True)


@pytest.mark.parametrize(
    ("post", "named"),
    [
        (Post(to_sender="550 5.7.1 Sender address rejected: not owned by user"), "STUDIO_MAIL__SENDER"),
        (Post(of_known_only=True), "STUDIO_MAIL__USERNAME"),
    ],
)
async def test_a_server_that_would_take_no_letter_of_ours_is_told_with_the_setting(
    whole: Whole, post: Post, named: str
) -> None:
    async with serving(lambda: plain(post)) as port:
        found = await mail(by_smtp(whole, port, tls="none"))
    assert (found.state, named in found.fix) == (State.WRONG, True)


async def test_a_server_without_starttls_is_told(whole: Whole) -> None:
    async with serving(lambda: guarded_otherwise(Post())) as port:
        found = await mail(by_smtp(whole, port))
    assert (found.state, "STUDIO_MAIL__TLS" in found.fix) == (State.WRONG, True)


async def test_a_server_that_does_not_answer_is_told(whole: Whole) -> None:
    found = await mail(by_smtp(whole, any_port(), tls="none"))
    assert (found.state, "STUDIO_MAIL__HOST" in found.fix) == (State.WRONG, True)


async def test_a_host_that_can_be_none_is_told_in_a_sentence(whole: Whole) -> None:
    settings = by_smtp(whole, 25)
    odd = settings.mail.model_copy(update={"host": "smtp..resend.com"})
    found = await mail(settings.model_copy(update={"mail": odd}))
    assert (found.state, found.said) == (
        State.WRONG,
        "smtp..resend.com:25 cannot be used (no mail server can be there)",
    )
    assert found.fix == "Correct STUDIO_MAIL__HOST, STUDIO_MAIL__PORT."


async def test_a_catcher_of_our_own_is_not_there_yet(whole: Whole) -> None:
    assert (await mail(whole())).state is State.OFF
