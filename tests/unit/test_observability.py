"""What operators are given fits the program: the reference of metrics, the dashboard, the alerts, the runbook."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts import metrics_docs

ROOT = Path(__file__).parents[2]
DEPLOY, DOCS = ROOT / "deploy", ROOT / "docs"
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((DEPLOY / "grafana/smart-support.json").read_text())
OTHERS = {"up", "process_cpu_seconds_total", "process_resident_memory_bytes"}

_NAME = re.compile(r"\b(?:smart_support_[a-z0-9_]+|process_[a-z_]+|up)\b(?!:)(?=[{\[)\s]|$)")


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())]
    return [*panels, *(rule["expr"] for rule in RULES)]


def test_the_reference_of_metrics_is_what_the_code_says():
    assert metrics_docs.FILE.read_text() == metrics_docs.render(), "run: python scripts/metrics_docs.py"


def test_names_follow_the_rules():
    for one in (metric for group in metrics_docs.families().values() for metric in group):
        assert one.name.startswith("smart_support_")
        assert one.documentation.endswith((".", ")")), one.name
        assert not {"ticket_id", "customer", "workspace"} & set(one._labelnames), one.name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb)$", one.name)


@pytest.mark.parametrize("expression", expressions())
def test_every_query_asks_for_what_there_is(expression: str):
    found = set(_NAME.findall(expression))
    assert found or "smart_support:" in expression, expression
    assert found <= metrics_docs.names() | OTHERS
    recorded = set(re.findall(r"smart_support:\w+:\w+", expression))
    assert recorded <= {rule.get("record") for rule in RULES}


def test_a_name_that_nobody_shows_is_seen():
    assert set(_NAME.findall('sum(rate(smart_support_gone_total{a="b"}[5m])) / smart_support_x')) == {
        *("smart_support_gone_total", "smart_support_x")
    }


def test_the_dashboard_takes_its_data_from_a_variable_and_each_panel_has_its_place():
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["type"], variable["name"]) == ("datasource", "datasource")
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]]
    assert len(set(places)) == len(places)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(places)
    for panel in DASHBOARD["panels"]:
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        assert panel["type"] == "row" or panel["datasource"]["uid"] == "${datasource}"


def test_each_alert_says_what_is_wrong_and_has_its_section_in_the_runbook():
    headings = re.findall(r"^## (\w+)$", (DOCS / "runbook.md").read_text(), flags=re.MULTILINE)
    alerts = [rule for rule in RULES if "alert" in rule]
    assert headings == [rule["alert"] for rule in alerts]
    for rule in alerts:
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"critical", "warning"}


def test_each_alert_fires_in_a_test_of_its_own():
    tests = yaml.safe_load((DEPLOY / "prometheus/alerts_test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if "exp_alerts" in case}
    assert fired == {rule["alert"] for rule in RULES if "alert" in rule}


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("check rules", "prometheus/alerts.yml"),
        ("test rules", "prometheus/alerts_test.yml"),
        ("check config --syntax-only", "prometheus.yml"),  # the files that it names are in the container
    ],
)
def test_prometheus_finds_the_rules_and_its_settings_sound(command: str, file: str):
    done = subprocess.run(["promtool", *command.split(), DEPLOY / file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
