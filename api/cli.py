"""The command `passport`: goods of every day, verify, keys, records, the server and its upkeep."""

from __future__ import annotations

import os
import sys

import typer

from api.commands import (
    accepting,
    books,
    correcting,
    disclosing,
    factors,
    gap,
    goods,
    joining,
    keeping,
    key_changes,
    keys,
    lots,
    mrio,
    publishing,
    records,
    removing,
    reports,
    restating,
    rows,
    serving,
    verifying,
    witness,
)
from ledger import __version__
from ledger.errors import LedgerError

app = typer.Typer(
    name="passport",
    help="Carbon passports: issue, check, and keep the books behind them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys.app.command("add")(joining.add)
keys.app.command("prove")(joining.prove)
keys.app.command("revoke")(key_changes.revoke)
keys.app.command("delegate")(key_changes.delegate)
app.add_typer(keys.app, name="key")
app.add_typer(lots.app, name="lot")
app.add_typer(mrio.app, name="mrio")
app.add_typer(factors.app, name="factors")
app.add_typer(witness.app, name="witness")
app.command("ship")(goods.ship)
app.command("receive")(goods.receive)
app.command("dispose")(goods.dispose)
app.command("correct")(correcting.correct)
app.command("accept")(accepting.accept)
app.add_typer(books.statements_app, name="statements")
app.command("reverse")(removing.reverse)
app.command("impair")(removing.impair)
app.command("restate")(restating.restate)
app.command("removals")(restating.removals)
app.command("gap")(gap.gap)
app.command("verify")(verifying.verify)
app.command("disclose")(disclosing.disclose)
app.command("grant")(disclosing.grant)
app.command("vouch")(disclosing.vouch)
app.command("import")(records.import_records)
app.command("state")(rows.state)
app.command("columns")(rows.columns)
app.command("demo")(records.demo)
app.command("serve")(serving.serve)
app.command("policy")(keeping.policy)
app.command("close")(keeping.close)
app.command("countersign")(keeping.countersign)
app.command("books")(reports.books)
app.command("evidence")(reports.evidence)
app.command("audit")(books.audit)
app.command("fsck")(books.audit)
app.command("publish")(publishing.publish_log)
app.command("proofs")(publishing.proofs)
app.command("erase")(books.erase)
app.command("backup")(books.backup)
app.command("restore")(books.restore)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command; a refusal is one sentence on standard error and exit code 1."""
    try:
        app()
    except LedgerError as error:
        typer.echo(f"passport: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read the output has gone; Python's own flush at the end must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        typer.echo(f"passport: {error.filename or 'The system'}: {error.strerror or error}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
