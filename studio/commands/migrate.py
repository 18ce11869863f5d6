import asyncio
import json
import sys
from typing import Annotated

import asyncpg
import typer
from sqlalchemy.exc import SQLAlchemyError

from studio import migrating
from studio.configuration import read_settings
from studio.locating import located
from studio.trouble import Trouble


def migrate(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Bring the database to the newest revision; running it twice changes nothing."""
    database = located(read_settings()).database
    if database.url is None:
        raise Trouble("No database is named: set STUDIO_DATABASE__URL, or run `studio up`, which migrates its own.")
    try:
        asyncio.run(migrating.migrate(database.sqlalchemy_url))
    except (OSError, asyncpg.PostgresError, SQLAlchemyError) as error:
        raise Trouble(
            f"The database {database.safe_url} could not be migrated ({type(error).__name__}): "
            "see that it runs, that STUDIO_DATABASE__URL is right, and that its user owns the schema."
        ) from None
    said = json.dumps({"database": database.safe_url, "migrated": True}) if as_json else "The database is up to date."
    sys.stdout.write(said + "\n")
