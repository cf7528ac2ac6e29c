"""Writes dashboard/openapi.json, which the types of the dashboard come from. A test compares it with the app."""

import json
from pathlib import Path

from smart_support.api.app import routed_app

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "dashboard" / "openapi.json"


def render() -> str:
    """The OpenAPI document of the API as it is."""
    return json.dumps(routed_app().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
    print(f"wrote {FILE.relative_to(ROOT)}")
