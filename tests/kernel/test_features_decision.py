"""The decision: kill switch, override, add-on, plan, default; never stronger than what it stands under and needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.features.decision import RULES, FeatureFacts, Override, chain, decide, own_decision
from jemeti_platform.features.explanation import explain
from jemeti_platform.features.requirements import lacking, with_requirements
from jemeti_platform.manifest import FEATURE_VALUES, Feature

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(seconds=1)
FEATURES = {
    f.slug: f
    for f in (
        Feature("shop", "Shop"),
        Feature("shop.core", "Core"),
        Feature("shop.core.bulk", "Bulk"),
        Feature("shop.till", "Till", requires=("stock.items", "shop.core")),
        Feature("stock", "Stock"),
        Feature("stock.items", "Items"),
        Feature("stock.free", "Free", default="on"),
    )
}
RANK = {"off": 0, "read_only": 1, "on": 2}


def override(value: str, expires_at: datetime | None = None) -> Override:
    return Override(value, "because", "somebody", expires_at)


def facts(**more: Any) -> FeatureFacts:
    nothing: dict[str, Any] = {"plan": "p", "plan_features": {}, "add_ons": {}, "overrides": {}, "kill_switches": {}}
    return FeatureFacts(**{**nothing, **more})


CORE = "shop.core"
TABLE = [
    # what is known of shop.core itself                                                     → value, decided by
    ({}, "off", "default"),
    ({"plan_features": {CORE: "on"}}, "on", "plan"),
    ({"plan_features": {"shop": "on"}}, "on", "plan"),
    ({"plan_features": {"shop": "on", CORE: "off"}}, "off", "plan"),
    ({"plan_features": {CORE: "read_only"}}, "read_only", "plan"),
    ({"plan_features": {CORE: "off"}, "add_ons": {CORE: "on"}}, "on", "add_on"),
    ({"plan_features": {CORE: "on"}, "add_ons": {CORE: "read_only"}}, "read_only", "add_on"),
    ({"plan_features": {CORE: "on"}, "overrides": {CORE: override("off")}}, "off", "override"),
    ({"add_ons": {CORE: "off"}, "overrides": {CORE: override("on")}}, "on", "override"),
    ({"overrides": {CORE: override("on", LATER)}}, "on", "override"),
    ({"overrides": {CORE: override("on", EARLIER)}}, "off", "default"),
    ({"overrides": {CORE: override("on", NOW)}}, "off", "default"),
    ({"plan_features": {CORE: "on"}, "overrides": {CORE: override("off", EARLIER)}}, "on", "plan"),
    ({"overrides": {CORE: override("on")}, "kill_switches": {CORE: override("off")}}, "off", "kill_switch"),
    ({"kill_switches": {CORE: override("on")}}, "on", "kill_switch"),
    ({"plan_features": {CORE: "on"}, "kill_switches": {CORE: override("read_only")}}, "read_only", "kill_switch"),
]


@pytest.mark.parametrize(("known", "value", "rule"), TABLE)
def test_the_first_rule_that_speaks_decides(known: dict[str, Any], value: str, rule: str) -> None:
    made = decide(FEATURES, facts(**known), CORE, NOW)
    assert (made.value, made.decided_by, made.decided_at) == (value, rule, CORE)


@pytest.mark.parametrize(("above", "below"), list(product(FEATURE_VALUES, repeat=2)))
@pytest.mark.parametrize("rule", ["kill_switches", "overrides", "add_ons", "plan_features"])
def test_an_umbrella_holds_its_children_down(rule: str, above: str, below: str) -> None:
    values: dict[str, Any] = {"shop": above, "shop.core": below, "shop.core.bulk": "on"}
    if rule in ("kill_switches", "overrides"):
        values = {slug: override(value) for slug, value in values.items()}
    made = decide(FEATURES, facts(**{rule: values}), "shop.core.bulk", NOW)
    assert made.value == min(above, below, key=RANK.__getitem__)
    if made.value != "on":
        assert made.decided_at == ("shop.core" if RANK[below] <= RANK[above] else "shop")


@pytest.mark.parametrize("need", ["stock.items", "stock", "shop.core", "shop"])
@pytest.mark.parametrize("value", ["read_only", "off"])
def test_what_a_feature_needs_holds_it_down_too(need: str, value: str) -> None:
    sold = {"shop.till": "on", "shop.core": "on", "stock.items": "on"}
    assert decide(FEATURES, facts(plan_features=sold), "shop.till", NOW).value == "on"
    made = decide(FEATURES, facts(plan_features=sold, overrides={need: override(value)}), "shop.till", NOW)
    assert (made.value, made.decided_by, made.decided_at, made.reason) == (value, "override", need, "because")


def test_an_opinion_of_the_plugin_stands_in_for_the_default_only() -> None:
    def opinion(slug: str) -> str | None:
        return "on" if slug == CORE else None

    assert decide(FEATURES, facts(), CORE, NOW, opinion).value == "on"
    assert decide(FEATURES, facts(plan_features={CORE: "off"}), CORE, NOW, opinion).value == "off"


def test_an_opinion_that_is_no_value_is_no_opinion() -> None:
    assert decide(FEATURES, facts(), CORE, NOW, lambda slug: "perhaps").value == "off"


values = st.sampled_from(FEATURE_VALUES)
slugs = st.sampled_from(sorted(FEATURES))
people = st.builds(override, values, st.sampled_from([None, EARLIER, LATER]))
any_facts = st.builds(
    FeatureFacts,
    plan=st.just("p"),
    plan_features=st.dictionaries(slugs, values),
    add_ons=st.dictionaries(slugs, values),
    overrides=st.dictionaries(slugs, people),
    kill_switches=st.dictionaries(slugs, st.builds(override, values)),
)


@given(any_facts, slugs)
def test_a_value_is_never_stronger_than_any_ancestor_or_requirement(known: FeatureFacts, slug: str) -> None:
    value = decide(FEATURES, known, slug, NOW).value
    weakest = min((decide(FEATURES, known, link.feature, NOW).value for link in chain(FEATURES, slug)), key=RANK.get)
    own = [own_decision(FEATURES[link.feature], known, NOW).value for link in chain(FEATURES, slug)]
    assert value == weakest == min(own, key=RANK.get)


@given(any_facts, slugs)
def test_the_explanation_ends_where_the_decision_does(known: FeatureFacts, slug: str) -> None:
    found = explain(FEATURES, known, slug, NOW)
    assert found.decision == decide(FEATURES, known, slug, NOW)
    at = next(step for step in found.steps if step.link.feature == found.decision.decided_at)
    assert (at.decision.value, at.decision.decided_by) == (found.decision.value, found.decision.decided_by)
    for step in found.steps:
        assert [f.rule for f in step.findings] == list(RULES)
        spoke = next(f for f in step.findings if f.value is not None)
        assert (spoke.rule, spoke.value) == (step.decision.decided_by, step.decision.value)
    assert slug in found.sentence
    assert found.decision.decided_at in found.sentence


@given(st.dictionaries(slugs, values))
def test_a_plan_with_its_requirements_lacks_nothing(plan: dict[str, str]) -> None:
    completed = with_requirements(FEATURES, plan)
    assert lacking(FEATURES, facts(plan_features=completed)) == []
    for slug, value in plan.items():
        assert value == "off" or decide(FEATURES, facts(plan_features=completed), slug, NOW).value != "off"


def test_an_umbrella_named_as_off_is_forgotten_and_not_sold_whole() -> None:
    completed = with_requirements(FEATURES, {"shop": "off", "shop.core": "on"})
    assert completed == {"shop.core": "on"}


def test_what_is_missing_is_named() -> None:
    (lack,) = lacking(FEATURES, facts(plan_features={"shop.till": "on", "stock": "off"}))
    assert lack.feature == "shop.till"
    assert set(lack.needs) == {"stock.items", "shop.core", "stock"}
