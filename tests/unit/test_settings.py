"""Where settings come from, and that their documentation is theirs."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from scripts.settings_docs import render
from smart_support.settings import Settings, SettingsFileError, load


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but a test's own."""
    monkeypatch.chdir(tmp_path)
    for name in [*Settings.model_fields, "urgency_webhook_threshold", "config_file"]:
        monkeypatch.delenv(name.upper(), raising=False)


def test_what_is_given_stands_above_environment_dotenv_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    Path("smart-support.toml").write_text(
        "listen_port = 1\ntriage_batch = 11\nlog_level = 'error'\nwebhook_threshold = 0.1\n"
    )
    Path(".env").write_text("LISTEN_PORT=2\nTRIAGE_BATCH=12\nLOG_LEVEL=debug\n")
    monkeypatch.setenv("LISTEN_PORT", "3")
    monkeypatch.setenv("TRIAGE_BATCH", "13")
    settings = load(listen_port=4, listen_host=None)
    assert settings.listen_port == 4
    assert settings.triage_batch == 13
    assert settings.log_level == "debug"
    assert settings.webhook_threshold == 0.1
    assert settings.listen_host == "127.0.0.1"


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    other = tmp_path / "other.toml"
    other.write_text("listen_port = 99\n")
    monkeypatch.setenv("CONFIG_FILE", str(other))
    assert load().listen_port == 99


@pytest.mark.parametrize("content", ["listn_port = 1\n", "listen_port = \n"])
def test_a_file_with_a_slip_is_refused_by_name(content: str):
    Path("smart-support.toml").write_text(content)
    with pytest.raises(SettingsFileError, match=r"smart-support\.toml"):
        load()


@pytest.mark.parametrize("name", ["WEBHOOK_THRESHOLD", "URGENCY_WEBHOOK_THRESHOLD"])
def test_the_threshold_has_two_names(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setenv(name, "0.42")
    assert load().webhook_threshold == 0.42


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN_PORT", "70000"),
        ("WEBHOOK_THRESHOLD", "1.5"),
        ("TRIAGE_BATCH", "0"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "nonsense"),
        ("CIRCUIT_BREAKER_FAST_MS", "501"),
        ("INFERENCE_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_wrong_value_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=f"(?i){name}"):
        load()


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db.example/support")
    assert load().shown()["database_url"] == "postgresql://me:***@db.example/support"


def test_the_embedded_database_lies_in_the_data_directory(tmp_path: Path):
    assert load(data_dir=tmp_path).database == f"sqlite:///{tmp_path}/smart-support.db"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in render()])
def test_the_documentation_is_up_to_date(path: Path):
    assert path.read_text(encoding="utf-8") == render()[path], "run scripts/settings_docs.py"


def test_every_line_of_the_example_says_what_holds_without_it():
    lines = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8").splitlines()
    written = [line.removeprefix("#") for line in lines if line.startswith("#") and not line.startswith("# ")]
    assert len(written) == len(Settings.model_fields)
    default = load()
    for line in [*written, "\n".join(written)]:
        Path(".env").write_text(line, encoding="utf-8")
        assert load() == default, line


def test_a_redis_url_that_is_none_is_refused_without_showing_its_password(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValidationError, match="percent-encoded") as refused:
        load(redis_url="redis://:pw#secret@127.0.0.1:6379/0")
    assert "secret" not in refused.value.errors()[0]["msg"]
    monkeypatch.setenv("REDIS_URL", "")
    assert load().redis_url is None


def test_a_file_that_is_nested_without_end_is_refused_by_name(tmp_path, monkeypatch):
    file = tmp_path / "deep.toml"
    file.write_text(f"a = {'[' * 3_000}")
    monkeypatch.setenv("CONFIG_FILE", str(file))
    with pytest.raises(SettingsFileError, match=r"deep\.toml"):
        load()
