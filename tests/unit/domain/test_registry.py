"""Roles of models: whatever is done, no model has two, and a rollback goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.registry import BundleInfo, ModelInfo, RegistryError, Role, Roles
from smart_support.domain.triage import Tier

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["tried", "untried", "promoted", "rolled_back"]), st.sampled_from("abcd")), max_size=20
)


def act(roles: Roles, action: str, version: str) -> Roles:
    try:
        return roles.rolled_back() if action == "rolled_back" else getattr(roles, action)(version)
    except RegistryError:
        return roles


@given(ACTIONS)
def test_a_model_has_one_role_at_most(actions: list[tuple[str, str]]):
    roles = Roles()
    for action, version in actions:
        roles = act(roles, action, version)
        given_out = [name for name in (roles.active, roles.shadow, roles.previous) if name is not None]
        assert len(given_out) == len(set(given_out))
        assert roles.previous is None or roles.active is not None


@given(ACTIONS, st.sampled_from("abcd"))
def test_a_rollback_undoes_a_promotion(actions: list[tuple[str, str]], version: str):
    roles = Roles()
    for action in actions:
        roles = act(roles, *action)
    promoted = roles.promoted(version)
    assert promoted.active == version
    if roles.active != version:
        assert promoted.rolled_back().active == roles.active


def test_the_first_rollback_goes_back_to_the_programs_own_and_there_is_none_before_it():
    assert Roles().promoted("a").rolled_back() == Roles()
    with pytest.raises(RegistryError, match="nothing to go back"):
        Roles().rolled_back()


def test_promoting_ends_the_trial_of_that_model_alone():
    assert Roles("a", "b").promoted("b") == Roles("b", None, "a")
    assert Roles("a", "b").promoted("c") == Roles("c", "b", "a")
    assert Roles("a", "b").promoted("a") == Roles("a", "b")


def test_who_has_a_part_is_not_tried():
    roles = Roles("a", "b", "c")
    assert [roles.of(version) for version in "abcd"] == [Role.ACTIVE, Role.SHADOW, Role.PREVIOUS, None]
    for version, word in (("a", "active"), ("c", "rollback")):
        with pytest.raises(RegistryError, match=word):
            roles.tried(version)
    with pytest.raises(RegistryError, match="not in shadow"):
        roles.untried("a")


def test_a_model_is_named_by_its_bundles_and_signs_with_each():
    bundles = (BundleInfo(Tier.TRANSFORMER, "transformer-1", {"n": 2}), BundleInfo(Tier.LIGHT, "light-2", {"n": 1}))
    info = ModelInfo.of_bundles(("A", "B"), bundles)
    assert info.version == "transformer-1_light-2"
    assert info.signatures == {"transformer-1", "light-2"}
    assert info.figures(Tier.LIGHT) == {"n": 1}
    assert ModelInfo.of_bundles(("A", "B"), bundles[:1]).figures(Tier.LIGHT) == {}
