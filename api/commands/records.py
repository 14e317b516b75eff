"""`passport import` and `passport demo`: from a company's own files to signed statements."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands import keys

DEMO_FOLDER = Path("var") / "demo"


def import_records(  # noqa: PLR0913, PLR0917 - one option each
    files: Annotated[
        list[Path], typer.Argument(help="CSV files, recognized by their headers", exists=True, dir_okay=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The drafts as JSON")] = False,
    organization: Annotated[
        str | None, typer.Option(help="The company's reference, where no file introduces it")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="The IANA zone of its dates, Asia/Shanghai")] = None,
    register: Annotated[
        Path | None, typer.Option(help="The company's file of references and ids", dir_okay=False)
    ] = None,
    post: Annotated[
        str | None, typer.Option(help="Address of the ledger: draft, sign here, and post, nothing twice")
    ] = None,
    partly: Annotated[
        bool, typer.Option("--partly", help="Post what can be stated now; the rest waits for others")
    ] = False,
    folder: keys.Folder = keys.DEFAULT,
) -> None:
    """Read a company's records: list the drafts they make, or sign and post them with --post."""
    from api.importing import OwnKeys, import_files, post_files  # noqa: PLC0415 - the library loads slowly

    if post is not None:
        own = OwnKeys(folder, keys.passphrase())
        sys.exit(post_files(files, post, own, organization=organization, zone=zone, partly=partly))
    code = import_files(files, as_json=as_json, organization=organization, zone=zone, register=register)
    sys.exit(code)


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, nothing else")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Keep API, chain and pages running")] = False,
    folder: Annotated[Path, typer.Option(help="Where everything of the demo goes")] = DEMO_FOLDER,
) -> None:
    """Run the lychee scenario from nothing to verified passports."""
    from api.demo import run  # noqa: PLC0415 - loads everything

    result = run(folder, json_output=as_json, keep_running=serve)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
