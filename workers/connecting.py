"""The way to the Temporal cluster, and whether it is fit for lessons."""

from dataclasses import replace

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, TLSConfig

from workers.sealing import Sealing
from workflows.showing import SEARCH_ATTRIBUTES


class NotReady(Exception):
    """A worker cannot start; the text says what to do."""


async def connect(
    address: str,
    namespace: str = "default",
    api_key: str | None = None,
    tls: TLSConfig | None = None,
    lazy: bool = False,
    payload_key: bytes | None = None,
) -> Client:
    """A client of the Temporal cluster; a lazy one connects when first used, one with a `payload_key` seals all.

    Raises NotReady where the cluster cannot be reached.
    """
    sealing = Sealing(payload_key) if payload_key else None
    try:
        return await Client.connect(
            address,
            namespace=namespace,
            api_key=api_key,
            tls=tls or api_key is not None,
            lazy=lazy,
            data_converter=replace(pydantic_data_converter, payload_codec=sealing),
        )
    except (RPCError, RuntimeError):
        raise NotReady(
            f"Temporal does not answer at {address}. Start it, or correct STUDIO_TEMPORAL__ADDRESS."
        ) from None


async def check_search_attributes(client: Client) -> None:
    """Refuse to start where lessons would hang: an unknown attribute stops every workflow task."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        known = await client.operator_service.list_search_attributes(asked)
    except RPCError:
        raise NotReady("Temporal answers, but not yet for its namespace: see that the cluster is healthy.") from None
    missing = [key.name for key in SEARCH_ATTRIBUTES if key.name not in known.custom_attributes]
    if missing:
        flags = " ".join(f"--name {name} --type Keyword" for name in missing)
        raise NotReady(
            f"Temporal does not know {', '.join(missing)}. Run: temporal operator search-attribute create {flags}"
        )
