"""The servers that other tests build on are real, answer, and are each test's own."""

import socket
from urllib.parse import urlsplit

import psycopg

from tests import servers


def _plain(url: str) -> str:
    """The URL as psycopg itself takes it."""
    return url.replace("+psycopg", "", 1)


def test_postgres_database_takes_a_write_and_is_empty_for_the_next(postgres_url):
    for _ in range(2):
        with (
            servers.postgres_database(postgres_url, "fresh") as url,
            psycopg.connect(_plain(url)) as connection,
        ):
            assert connection.execute("SELECT to_regclass('ticket')").fetchone() == (None,)
            connection.execute("CREATE TABLE ticket (id text PRIMARY KEY)")
            connection.execute("INSERT INTO ticket VALUES ('t-1')")
            assert connection.execute("SELECT id FROM ticket").fetchall() == [("t-1",)]


def test_postgres_database_is_dropped_even_with_a_connection_left(postgres_url):
    with servers.postgres_database(postgres_url, "left") as url:
        left = psycopg.connect(_plain(url))
    with psycopg.connect(_plain(postgres_url)) as connection:
        assert connection.execute("SELECT 1 FROM pg_database WHERE datname = 'left'").fetchone() is None
    left.close()


def test_postgres_database_fixture_speaks_utf8(postgres_database):
    assert postgres_database.startswith("postgresql+psycopg://")
    with psycopg.connect(_plain(postgres_database)) as connection:
        assert connection.execute("SELECT 'Zürich ✓'").fetchone() == ("Zürich ✓",)


def test_redis_answers_and_keeps_nothing_on_disk(redis_url):
    address = urlsplit(redis_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        stream = connection.makefile("rwb")
        with stream:
            stream.write(b"PING\r\nCONFIG GET save\r\n")
            stream.flush()
            assert stream.readline() == b"+PONG\r\n"
            assert [stream.readline() for _ in range(5)] == [b"*2\r\n", b"$4\r\n", b"save\r\n", b"$0\r\n", b"\r\n"]


def test_a_free_port_can_be_bound(free_port):
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port))
