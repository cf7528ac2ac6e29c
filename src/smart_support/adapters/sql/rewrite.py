"""A SQLite file written anew."""

import sqlite3

from sqlalchemy.engine import Connection


def rewrite(connection: Connection) -> bool:
    """Leave nothing in the files but what the rows hold, in no transaction; False where somebody reads from before.

    `secure_delete` overwrites what is deleted. It does not reach copies that stay in the free room of a page when
    SQLite moves a row, nor deleted words: the index of words keeps them until its parts are merged. So these are
    merged, the file is built anew, and the log is emptied.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    # A file built anew goes through the log, which would grow by all of it as long as somebody reads.
    if not _emptied(driver):
        return False
    driver.execute("INSERT INTO search_words (search_words) VALUES ('optimize')")
    driver.execute("VACUUM")
    return _emptied(driver)


def _emptied(driver: sqlite3.Connection) -> bool:
    """Empty the log into the file; False where somebody reads or writes beside us."""
    busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
