"""The commands of docs/backup.md for PostgreSQL: what was dumped comes back, in its place and in another database."""

import subprocess
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from scripts.system_packages import find_postgres_bin
from smart_support.adapters.sql.database import open_database
from smart_support.adapters.sql.store import SqlStore, upgrade
from smart_support.cli.backups import dump_command, restore_command
from smart_support.domain.event import Position
from tests import servers
from tests.builders import key, ticket
from tests.contract.revisions import differences, fill, rows_of, tables_of
from tests.contract.test_every_revision import reads_all


def run(command: str) -> None:
    """A command of PostgreSQL's, as it is told to operators."""
    binaries = find_postgres_bin()
    assert binaries is not None
    program, *arguments = command.split()
    done = subprocess.run([binaries / program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_was_dumped_comes_back(postgres_url: str, postgres_database: str, tmp_path: Path):
    file = tmp_path / "desk.dump"

    def rows(connection: sa.Connection) -> dict[str, dict[tuple, dict]]:
        return {name: rows_of(connection, table) for name, table in tables_of(connection).items()}

    with closing(open_database(postgres_database)) as database:
        upgrade(database)
        database.write(fill)
        before = database.read(rows)
        run(dump_command(postgres_database, file))
        SqlStore(database, 10.0).accept([ticket("later")], ["test"])
    with servers.postgres_database(postgres_url, f"{postgres_database.rpartition('/')[2]}_restored") as other:
        for url in (postgres_database, other):
            run(restore_command(url, file))
            with closing(open_database(url)) as database:
                assert database.read(rows) == before
                assert database.read(differences) == []
            store = SqlStore.open(url)
            try:
                reads_all(store)
                assert store.find(key("later")) is None
                store.accept([ticket("next")], ["test"])  # events are counted on from those that are there
                assert store.events("default", Position(), 100)[-1].event.ticket_id == "next"
            finally:
                store.close()
