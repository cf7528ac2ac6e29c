"""The model at work follows the registry, between batches and never in one."""

import pytest
from structlog.testing import capture_logs

from smart_support.domain.registry import Roles
from smart_support.domain.triage import Text
from smart_support.pipeline.models import RETRY_SECONDS, FollowStep, ModelUnusable
from smart_support.pipeline.records import Refusal
from tests.unit.pipeline.models import OWN, Registry, Source

A, B = "light-aaaaaaaaaaaa", "light-bbbbbbbbbbbb"


class World:
    """A process that follows a registry, at a time of the test's own."""

    def __init__(self, roles: Roles = Roles(), **source: bool) -> None:  # noqa: B008 - frozen
        self.time = 0.0
        self.registry, self.source = Registry(roles), Source(**source)

    def start(self) -> FollowStep:
        return FollowStep(self.registry, self.source, lambda: self.time)


def signed(step: FollowStep) -> str:
    """Whose name stands on a result."""
    return step.current.triage([Text("", "Help")])[0].model_version


def test_a_changed_role_is_followed_and_so_is_a_rollback():
    world = World()
    step = world.start()
    assert signed(step) == OWN
    for roles, wanted in ((Roles(A), A), (Roles(B, None, A), B), (Roles(A), A), (Roles(), OWN)):
        world.registry.now = roles
        step.run_once()
        assert (signed(step), step.current.info.version, step.current.version) == (wanted, wanted, wanted)
        assert step.roles == roles


def test_a_process_that_starts_has_the_active_model_at_once_and_loads_nothing_twice():
    world = World(Roles(A))
    step = world.start()
    step.run_once()
    assert signed(step) == A
    assert world.source.loaded == [A]


def test_a_batch_ends_with_the_model_it_began_with():
    world = World()
    step = world.start()

    def swapped() -> None:
        world.registry.now = Roles(A)
        step.run_once()

    step.current.model.before = swapped
    assert signed(step) == OWN
    assert signed(step) == A


def test_what_cannot_be_loaded_leaves_the_old_one_at_work_is_logged_once_and_tried_again_later():
    world = World(Roles(A))
    step = world.start()
    world.source.broken = {B}
    world.registry.now = Roles(B, None, A)
    with capture_logs() as logs:
        for _ in range(3):
            step.run_once()
            world.time += RETRY_SECONDS
    assert [line["event"] for line in logs] == ["model_refused"]
    assert signed(step) == A
    assert step.refusal == Refusal(B, f"{B} is damaged")
    assert world.source.loaded == [A, B, B, B]

    world.source.broken = set()
    step.run_once()
    assert (signed(step), step.refusal) == (B, None)


def test_between_two_tries_nothing_is_loaded():
    world = World()
    step = world.start()
    world.source.broken = {A}
    world.registry.now = Roles(A)
    for _ in range(5):
        step.run_once()
    assert world.source.loaded == [None, A]
    world.registry.now = Roles()
    step.run_once()
    assert step.refusal is None


def test_a_process_starts_with_its_own_model_where_the_active_one_cannot_be_loaded():
    world = World(Roles(A))
    world.source.broken = {A}
    step = world.start()
    assert signed(step) == OWN
    assert step.refusal.version == A
    world.source.broken = {A, None}
    with pytest.raises(ModelUnusable):
        world.start()


def test_a_model_that_the_settings_name_wins():
    world = World(Roles(A, B), chosen=True)
    step = world.start()
    step.run_once()
    assert signed(step) == OWN
    assert (step.chosen, step.roles.shadow) == (True, B)
