"""The composition root and the command line; imported by nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from models.database import migrate as migrate_database
from schema.build import build_schema
from settings import Settings

SNAPSHOT = Path(__file__).parent / "schema" / "schema.graphql"
command_line = typer.Typer(help="Pass Emploi's API.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@command_line.command()
def migrate() -> None:
    """Bring the database that DATABASE_URL names up to date."""
    settings = Settings()
    if settings.database_url is None:
        raise typer.BadParameter("set DATABASE_URL to the database to migrate")
    asyncio.run(migrate_database(settings.database_url, settings))


@command_line.command()
def schema(check: Annotated[bool, typer.Option(help="Fail when the snapshot is not up to date.")] = False) -> None:
    """Write the SDL to schema/schema.graphql, or compare it."""
    sdl = build_schema().as_str() + "\n"
    if not check:
        SNAPSHOT.write_text(sdl)
    elif SNAPSHOT.read_text() != sdl:
        typer.echo("schema/schema.graphql is not what the code says: run `python server.py schema`, and review the difference.", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    command_line()
