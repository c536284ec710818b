"""What cannot be used is refused with one clear sentence and a next step, and is not touched."""

import hashlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tocsin.errors import ConfigError, StoreError
from tocsin.sandbox.postgres import Postgres
from tocsin.store import log, migrate, schema, sqlite
from tocsin.store.database import Database
from tocsin.store.failure import explain

from .writer_process import NOW, change


def refusal(address: str | Path, *, create: bool = True) -> StoreError:
    """What opening this says. One sentence, and a next step."""
    with pytest.raises(StoreError) as caught:
        Database.open(address, create=create)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value


def content(path: Path) -> dict[str, str]:
    """The files of a directory with the hash of each."""
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in path.iterdir() if each.is_file()
    }


# --- files ---


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    error = refusal(tmp_path / "no" / "such" / "tocsin.db")
    assert f"the directory {tmp_path}/no/such does not exist" in error.message
    assert error.hint == f"Create it: mkdir -p {tmp_path}/no/such"
    assert content(tmp_path) == {}


def test_a_directory_is_not_a_database(tmp_path: Path) -> None:
    assert "is a directory" in refusal(tmp_path).message


def test_without_create_a_missing_database_stays_missing(tmp_path: Path) -> None:
    assert "There is no database" in refusal(tmp_path / "tocsin.db", create=False).message
    assert content(tmp_path) == {}


def test_without_create_an_empty_file_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    path.touch()
    assert "is empty" in refusal(path, create=False).message
    assert path.stat().st_size == 0


def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "runbook.md"
    path.write_text("# CookCam\n" * 1000)
    before = content(tmp_path)
    assert "it is not an SQLite database" in refusal(path).message
    assert content(tmp_path) == before


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite.driver.connect(str(path)) as other:
        other.execute("CREATE TABLE photos (id INTEGER)")
    other.close()
    before = content(tmp_path)
    assert 'belongs to another program: it has a table "photos"' in refusal(path).message
    assert content(tmp_path) == before


def test_a_damaged_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    with Database.open(path) as database:
        change(database, "ana", 1)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8000)
    assert re.search("damaged|not an SQLite database", refusal(path).message)


def test_a_directory_that_cannot_be_written_is_named() -> None:
    """Asked as an ordinary user: root may write everywhere."""
    script = (
        "import os, sys\n"
        "from tocsin.errors import StoreError; from tocsin.store.database import Database\n"
        "if os.geteuid() == 0: os.setegid(65534); os.seteuid(65534)\n"
        "try: Database.open(sys.argv[1])\n"
        "except StoreError as error: print(error)\n"
    )
    # Not below pytest's own directory, which that user may not even enter.
    with tempfile.TemporaryDirectory() as closed:
        Path(closed).chmod(0o555)
        said = subprocess.run(
            [sys.executable, "-c", script, f"{closed}/tocsin.db"], capture_output=True, text=True, check=True
        ).stdout
    assert "cannot be created: Permission denied" in said
    assert f"may write in {closed}" in said


# --- addresses ---


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("mysql://localhost/tocsin", 'cannot keep its data in "mysql"'),
        ("sqlite://", "an SQLite database in memory"),
        ("sqlite:///:memory:", "an SQLite database in memory"),
        ("postgresql://[::1", "cannot be read"),
    ],
)
def test_an_address_that_is_none_is_a_configuration_error(address: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        Database.open(address)
    assert caught.value.hint is not None
    assert "postgresql://user:password@host" in caught.value.hint


def test_a_path_may_be_written_as_an_address(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/tocsin.db").close()
    with Database.open(tmp_path / "tocsin.db", create=False) as database:
        assert database.dialect == "sqlite"


@pytest.mark.parametrize("name", ["with space.db", "100%.db", "what?.db", "a#b.db", "ünï.db"])
def test_any_file_name_works(tmp_path: Path, name: str) -> None:
    Database.open(tmp_path / name).close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    Database.open(tmp_path / name, create=False).close()


def test_the_short_scheme_of_some_providers_is_understood(postgres_server: Postgres) -> None:
    url = postgres_server.create_database("short_scheme")
    with Database.open(url.replace("postgresql://", "postgres://")) as database:
        assert database.dialect == "postgresql"


def test_two_installations_may_share_a_database_in_schemas_of_their_own(postgres_server: Postgres) -> None:
    url = postgres_server.create_database("two")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA one")
        admin.execute("CREATE SCHEMA other")
    one, other = (f"{url}?options=-csearch_path%3D{name}" for name in ("one", "other"))
    with Database.open(one) as first, Database.open(other) as second:
        assert first.installation != second.installation
        change(first, "ana", 1)
        with second.read() as tx:
            assert log.verify(tx).count == 0


# --- servers ---


def test_a_refused_connection_is_named_without_the_password(postgres_server: Postgres) -> None:
    error = refusal("postgresql://ana:s3cret@127.0.0.1:1/tocsin")
    assert "postgresql://ana:***@127.0.0.1:1/tocsin cannot be used: nothing answers there" in error.message
    assert "s3cret" not in str(error)


def test_a_wrong_password_is_named_without_it(postgres_server: Postgres) -> None:
    address = postgres_server.url().replace(postgres_server.password, "wr0ng")
    error = refusal(address)
    assert "the server refused the user or password" in error.message
    assert "wr0ng" not in str(error)
    assert error.hint is not None
    assert "TOCSIN_DATABASE_URL" in error.hint


def test_a_missing_database_on_the_server_is_named(postgres_server: Postgres) -> None:
    assert "no such database or user" in refusal(postgres_server.url("nowhere")).message


def test_an_unknown_host_is_named() -> None:
    assert "its host name is not known" in refusal("postgresql://ana@no-such-host.invalid/tocsin").message


def test_a_database_that_may_only_be_read_can_be_read_and_says_so_to_a_writer(
    postgres_server: Postgres,
) -> None:
    url = postgres_server.create_database("frozen")
    with Database.open(url) as database:
        change(database, "ana", 1)
    with psycopg.connect(postgres_server.url(), autocommit=True) as admin:
        admin.execute("ALTER DATABASE frozen SET default_transaction_read_only = on")
    with Database.open(url) as database:
        with database.read() as tx:
            assert log.verify(tx).count == 1
        with pytest.raises(StoreError, match="it can only be read"):
            change(database, "ana", 2)


def test_tables_of_the_same_name_are_not_taken_over(postgres_server: Postgres) -> None:
    url = postgres_server.create_database("shared")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE TABLE events (id int)")
    assert 'has a table "events" that is not tocsin' in refusal(url).message


# --- versions ---


def test_a_newer_database_is_refused_and_not_written_to(address: str) -> None:
    with Database.open(address) as database:
        change(database, "ana", 1)
        with database.write() as tx:
            tx.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0999'"))
        with database.read() as tx:
            before = log.head(tx)
    error = refusal(address)
    assert "written by a newer tocsin: its tables are version 0999, this program knows " in error.message
    assert error.hint == "Upgrade tocsin on this machine; nothing was written."
    if "://" not in address:
        raw = sqlite.driver.connect(address)
        assert raw.execute("SELECT hash FROM chain").fetchone() == (before,)
        raw.close()


def test_a_process_that_others_have_overtaken_writes_nothing_more(address: str) -> None:
    with Database.open(address) as old:
        change(old, "ana", 1)
        with Database.open(address) as newer, newer.write() as tx:
            tx.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0999'"))
        for _ in range(2):
            with pytest.raises(StoreError, match="was migrated to version 0999 while this process"):
                change(old, "ana", 2)
        with old.read() as tx:
            assert log.verify(tx).count == 1


def test_a_migration_that_fails_leaves_nothing_behind(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: object, place: str) -> None:
        upgrade(connection, place)  # type: ignore[arg-type]  # a Connection
        raise StoreError("the power went", hint="Wait for it.")

    upgrade = migrate.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(migrate, "upgrade", half)
        assert refusal(address).message == "the power went"
    assert "is empty" in refusal(address, create=False).message
    with Database.open(address) as database:
        change(database, "ana", 1)


# --- no space, no lock ---


def test_a_full_disk_is_said_and_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tocsin.db"
    with Database.open(path) as database:
        change(database, "ana", 1)

        def too_much() -> None:
            with database.write() as tx:
                pages = tx.execute(text("PRAGMA page_count")).scalar()
                tx.execute(text(f"PRAGMA max_page_count = {pages}"))
                for number in range(100):
                    log.append(tx, [log.Entry("INC-1", "NoteAdded", f'"{"x" * 4000}{number}"', "ana", NOW)])

        with pytest.raises(StoreError, match="there is no space left on its disk"):
            too_much()
        with database.write() as tx:
            tx.execute(text("PRAGMA max_page_count = 1000000"))
        change(database, "ana", 2)
        with database.read() as tx:
            assert log.verify(tx).count == 2
            assert log.verify(tx).ok


@pytest.mark.parametrize(
    ("free", "says"), [(4096, "no space left on its disk"), (10**9, "damaged or its disk")]
)
def test_a_disk_without_room_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, says: str
) -> None:
    """On a really full disk SQLite calls it a disk I/O error when it cannot make its -shm file."""
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9 - free, free)
    )  # type: ignore[attr-defined]  # what disk_usage returns
    error = OperationalError("SELECT 1", {}, sqlite.driver.OperationalError("disk I/O error"))
    assert says in explain(error, str(tmp_path / "tocsin.db")).message


def test_a_file_that_may_not_grow_stores_nothing_half(tmp_path: Path) -> None:
    """A real limit of the operating system, in a process of its own."""
    path = tmp_path / "tocsin.db"
    Database.open(path).close()
    program = f"import sys; sys.argv[1:] = [{str(path)!r}, 'limited']\n" + (
        Path(__file__).with_name("writer_process.py").read_text()
    )
    limit = 600_000
    died = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert "tocsin.errors.StoreError" in died.stderr
    acknowledged = died.stdout.split()
    assert acknowledged
    with Database.open(path, create=False) as database, database.read() as tx:
        verification = log.verify(tx)
        assert verification.ok
        assert verification.count == len(acknowledged)


def test_a_lock_held_by_another_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tocsin.store.sqlite.BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "tocsin.db"
    with Database.open(path) as database:
        # The same library: the locks of two SQLite libraries in one process do not see each other.
        other = sqlite.driver.connect(str(path), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program holds its write lock"), database.write():
            pass
        other.execute("ROLLBACK")
        other.close()
        change(database, "ana", 1)


def test_a_backup_of_the_files_opens_like_the_original(tmp_path: Path) -> None:
    with Database.open(tmp_path / "tocsin.db") as database:
        change(database, "ana", 1)
        installation = database.installation
    (tmp_path / "backup").mkdir()
    shutil.copy(tmp_path / "tocsin.db", tmp_path / "backup")
    with Database.open(tmp_path / "backup" / "tocsin.db", create=False) as restored:
        assert restored.installation == installation
        with restored.read() as tx:
            assert log.verify(tx).count == 1
