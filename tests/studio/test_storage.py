"""A studio whose files are on S3."""

from collections.abc import Callable
from typing import Literal

import obstore
import pytest
from pydantic import SecretStr

from studio.checking.finding import State
from studio.checking.storage import refuse_bad_buckets, storage
from studio.ports import any_port
from studio.settings import Settings
from studio.trouble import Trouble
from studio.wiring import BUCKETS, bucket
from tests.vendors.s3 import refusal, s3_stand_in
from tests.vendors.seaweed import LIMITED, Seaweed

OnS3 = Callable[..., Settings]


@pytest.fixture
def on_s3(whole: Callable[..., Settings], seaweed: Seaweed) -> OnS3:
    def chosen(**named: str) -> Settings:
        keys = {"access_key": seaweed.access_key, "secret_key": seaweed.secret_key}
        return whole(storage={"provider": "s3", "endpoint": seaweed.endpoint} | keys | named)

    return chosen


async def test_both_buckets_are_fine_where_they_can_be_used(on_s3: OnS3) -> None:
    found = await storage(on_s3())
    assert [(one.part, one.state, one.said.split()[0]) for one in found] == [
        ("bucket", State.FINE, "recordings"),
        ("bucket", State.FINE, "marketing-clips"),
    ]
    await refuse_bad_buckets(on_s3())


async def test_files_on_disk_are_looked_at_with_the_machine(whole: Callable[..., Settings]) -> None:
    assert await storage(whole()) == []


async def test_a_wrong_key_is_told_with_its_setting_by_the_doctor_and_at_start(on_s3: OnS3) -> None:
    settings = on_s3(secret_key="planted-secret")
    for found in await storage(settings):
        assert found.state is State.WRONG
        assert "STUDIO_STORAGE__SECRET_KEY" in found.fix
        assert "planted" not in found.said + found.fix
    with pytest.raises(Trouble, match=r"The bucket recordings cannot be used .*STUDIO_STORAGE__SECRET_KEY"):
        await refuse_bad_buckets(settings)


async def test_a_missing_bucket_and_a_wrong_region_are_told_by_the_doctor_and_at_start(on_s3: OnS3) -> None:
    for code, fix in (("NoSuchBucket", "Make the bucket"), ("AuthorizationHeaderMalformed", "STUDIO_STORAGE__REGION")):
        with s3_stand_in() as server:
            server.always = refusal(404 if code == "NoSuchBucket" else 400, code)
            settings = on_s3(endpoint=server.endpoint)
            assert [fix in found.fix for found in await storage(settings)] == [True, True]
            assert len(server.requests) == 2
            with pytest.raises(Trouble, match=code):
                await refuse_bad_buckets(settings)


@pytest.mark.parametrize(
    ("right", "said"), [("Read", "may not read)"), ("Write", "may not write)"), ("List", "may not list)")]
)
async def test_a_right_that_the_key_lacks_is_named_with_its_setting(
    on_s3: OnS3, seaweed: Seaweed, right: str, said: str
) -> None:
    for found in await storage(on_s3(access_key=LIMITED[right])):
        assert (found.state, found.said.endswith(said)) == (State.WRONG, True)
        assert "STUDIO_STORAGE__ACCESS_KEY" in found.fix
    assert await checks_left(seaweed) == []


async def test_a_key_that_may_not_delete_is_told(on_s3: OnS3) -> None:
    with s3_stand_in() as server:
        server.may_delete = False
        for found in await storage(on_s3(endpoint=server.endpoint)):
            assert (found.state, found.said.endswith("may not delete)")) == (State.WRONG, True)


async def test_the_doctor_leaves_nothing_in_the_buckets(on_s3: OnS3, seaweed: Seaweed) -> None:
    assert {found.state for found in await storage(on_s3())} == {State.FINE}
    assert await checks_left(seaweed) == []


async def checks_left(seaweed: Seaweed) -> list[str]:
    """What lies below `checks/` in both buckets."""
    found: list[str] = []
    for name in BUCKETS:
        async for some in obstore.list(seaweed.store(name).objects, "checks"):
            found += [one["path"] for one in some]
    return found


@pytest.mark.parametrize("conditions", ["ignored", "refused"])
async def test_a_storage_that_replaces_what_should_stay_is_told_where_parts_are_recorded(
    on_s3: OnS3, conditions: Literal["ignored", "refused"]
) -> None:
    with s3_stand_in() as server:
        server.conditions = conditions
        settings = on_s3(endpoint=server.endpoint)
        for recorder, url, expected in (
            ("participant", "ws://livekit.test", [State.WRONG, State.FINE]),
            ("egress", "ws://livekit.test", [State.FINE, State.FINE]),
            ("participant", None, [State.FINE, State.FINE]),
        ):
            livekit = settings.livekit.model_copy(update={"recorder": recorder, "url": url})
            recordings, clips = await storage(settings.model_copy(update={"livekit": livekit}))
            assert [recordings.state, clips.state] == expected
            assert ("If-None-Match" in recordings.said) == (recordings.state is State.WRONG)
        assert server.objects == {}
        await refuse_bad_buckets(settings)


async def test_a_storage_that_is_down_is_told_by_the_doctor_and_hinders_no_start(on_s3: OnS3) -> None:
    settings = on_s3(endpoint=f"http://127.0.0.1:{any_port()}")
    assert ["STUDIO_STORAGE__ENDPOINT" in found.fix for found in await storage(settings)] == [True, True]
    await refuse_bad_buckets(settings)


@pytest.mark.parametrize(
    ("named", "setting"),
    [
        ({"endpoint": "http://127.0.0.1:99999"}, "STUDIO_STORAGE__ENDPOINT"),
        ({"endpoint": "http://[bad"}, "STUDIO_STORAGE__ENDPOINT"),
        ({"sign_endpoint": "http://[bad"}, "STUDIO_STORAGE__SIGN_ENDPOINT"),
        ({"access_key": SecretStr("no\nkey")}, "STUDIO_STORAGE__ACCESS_KEY"),
    ],
)
async def test_what_no_storage_has_is_told_in_a_sentence_by_the_doctor_and_at_start(
    on_s3: OnS3, named: dict[str, object], setting: str
) -> None:
    settings = on_s3()
    odd = settings.model_copy(update={"storage": settings.storage.model_copy(update=named)})
    assert [(one.state, one.fix) for one in await storage(odd)] == [(State.WRONG, f"Correct {setting}.")] * 2
    with pytest.raises(Trouble, match=setting):
        await refuse_bad_buckets(odd)


def test_only_the_public_bucket_has_the_public_address(on_s3: OnS3, seaweed: Seaweed) -> None:
    settings = on_s3(public_url="https://cdn.test/clips")
    assert bucket(settings, "marketing-clips").public_url("a.mp4") == "https://cdn.test/clips/a.mp4"
    assert bucket(settings, "recordings").public_url("a.mp4") == f"{seaweed.endpoint}/recordings/a.mp4"
