"""`backup` and `restore`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from sqlalchemy.engine import make_url

from smart_support import __version__
from smart_support.adapters.backup.archive import DATABASE, Step
from smart_support.adapters.backup.restore import restore as put_back
from smart_support.adapters.backup.take import take
from smart_support.adapters.sql.store import known_revisions
from smart_support.cli.console import DataDirOption, Failure, JsonOption, emit, messages, progress
from smart_support.pipeline.wording import moment
from smart_support.settings import Settings, load

_KIB, _MIB = 1 << 10, 1 << 20

FileArgument = typer.Argument(help="The backup: a tar.gz file.", show_default=False)


def backup(
    file: Path = FileArgument,
    data_dir: Path | None = DataDirOption,
    force: bool = typer.Option(False, "--force", help="Replace FILE if it is there."),
    as_json: bool = JsonOption,
) -> None:
    """Back up the embedded database and the models into one file, while the system runs or not.

    What was answered before the call is in it. The settings are not, as they hold secrets.
    """
    settings = load(data_dir=data_dir)
    database = _embedded(settings, dump_command(settings.database, file))
    with _bars() as told:
        made = take(database, settings.model_folder, file, __version__, time.time(), replace=force, told=told)
    size = file.stat().st_size
    if made.revision not in known_revisions():
        _say(
            f"The schema (revision {made.revision}) is newer than this program knows: only a version that knows it can "
            "restore this backup."
        )
    if as_json:
        at = moment(made.at)
        emit({"file": str(file), "bytes": size, "version": made.version, "revision": made.revision, "at": at})
        return
    shown = f"{size / _MIB:.1f} MiB" if size >= _MIB else f"{size / _KIB:.1f} KiB"
    _say(f"{file}: {shown}, version {made.version}, checked. Settings (.env, TOML) are not in it.")


def restore(
    file: Path = FileArgument,
    data_dir: Path | None = DataDirOption,
    force: bool = typer.Option(False, "--force", help="Move a database and models that are there aside."),
    as_json: bool = JsonOption,
) -> None:
    """Put a backup into a data directory on which no system runs. It is checked before anything is replaced."""
    settings = load(data_dir=data_dir)
    there = _embedded(settings, restore_command(settings.database, file))
    if there != settings.data_dir / DATABASE:
        raise Failure(
            f"DATABASE_URL names {there}, but a backup goes into a data directory: unset it for this command, and let "
            f"it name {settings.data_dir / DATABASE} afterwards, or nothing"
        )
    with _bars() as told:
        done = put_back(file, settings.data_dir, known_revisions(), replace=force, told=told)
    made, aside = done.manifest, done.aside
    if as_json:
        at, kept = None if made is None else moment(made.at), None if aside is None else str(aside)
        emit({"data_dir": str(settings.data_dir), "at": at, "aside": kept, "finished": done.finished})
        return
    if made is None:
        _say(f"The restore to {settings.data_dir} that was interrupted is finished; {file} was not read.")
    else:
        at = moment(made.at)
        _say(f"{settings.data_dir} is as it was at {at} (version {made.version}); start the system to go on.")
        _say("Erasures, revoked keys and whatever else came later are not in it: repeat those that must hold.")
    if aside is not None:
        _say(f"What was there lies in {aside}. No erasure reaches it: remove it as soon as it is needed no more.")


def _embedded(settings: Settings, instead: str) -> Path:
    """The file of the database; raises Failure where it is no file, with what to do `instead`."""
    if not settings.embedded:
        raise Failure(
            f"the data are in PostgreSQL ({settings.shown_database}), which has its own tools; docs/backup.md has all "
            f"about it, and this is the command:\n  {instead}"
        )
    return Path(make_url(settings.database).database or "")


def dump_command(url: str, file: Path) -> str:
    """How the tools of PostgreSQL back a database up."""
    return f"pg_dump --format=custom --file={file} --dbname={_without_password(url)}"


def restore_command(url: str, file: Path) -> str:
    """How they put it back."""
    return f"pg_restore --clean --if-exists --single-transaction --no-owner --dbname={_without_password(url)} {file}"


def _without_password(url: str) -> str:
    return make_url(url).set(drivername="postgresql")._replace(password=None).render_as_string()


@contextmanager
def _bars() -> Iterator[Callable[[str], Step]]:
    """A progress bar a step, in MiB."""
    with progress() as shown:

        def told(what: str) -> Step:
            task = shown.add_task(f"{what} (MiB)", total=None)
            return lambda done, total: shown.update(task, completed=done // _MIB, total=max(1, total // _MIB))

        yield told


def _say(text: str) -> None:
    messages.print(text, markup=False, highlight=False, soft_wrap=True)
