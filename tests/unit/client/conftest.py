"""Both clients, one after the other."""

import pytest

from tests.unit.client.both import Both, patient


@pytest.fixture(params=["sync", "async"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Both:
    return patient(request.param, monkeypatch)
