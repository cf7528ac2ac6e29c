"""Writes docs/settings.md and .env.example from the settings themselves. A test holds both to what this would write."""

from pathlib import Path

from pydantic_core import PydanticUndefined

from smart_support.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

_INTRO = """# Settings

Each is read from the environment, else from a file `.env` in the working directory, else from `smart-support.toml`
there (or the file that `CONFIG_FILE` names), in which the names are in lower case. `smart-support config check` shows
what holds.

| name | default | meaning |
|---|---|---|
"""
_ENV_INTRO = "# Copy to .env and uncomment what should differ. docs/settings.md says more.\n"


def _default(name: str) -> str:
    default = Settings.model_fields[name].default
    if default is PydanticUndefined or default is None or default == ():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def render() -> dict[Path, str]:
    """The files and their content."""
    table, example = _INTRO, _ENV_INTRO
    for name, field in Settings.model_fields.items():
        default = f"`{_default(name)}`" if _default(name) else "-"
        table += f"| `{name.upper()}` | {default} | {field.description} |\n"
        example += f"\n# {field.description}\n#{name.upper()}={_default(name)}\n"
    return {ROOT / "docs" / "settings.md": table, ROOT / ".env.example": example}


if __name__ == "__main__":
    for path, content in render().items():
        path.write_text(content, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
