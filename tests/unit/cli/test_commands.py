"""The `madoguchi` command, as operators meet it."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from madoguchi.bus.topics import Sizes, wanted
from madoguchi.cli.main import app
from madoguchi.contracts.flow import all_topics

ROOT = Path(__file__).parents[3]
TOWN = ROOT / "deploy/municipalities/990019.yaml"
RUN = CliRunner()


def test_towns_are_checked_and_errors_name_file_and_key(tmp_path: Path) -> None:
    good = RUN.invoke(app, ["towns", "check", str(TOWN.parent)])
    assert (good.exit_code, "990019" in good.stdout) == (0, True)
    bad = tmp_path / "990019.yaml"
    bad.write_text(TOWN.read_text("utf-8").replace("max_proof_attempts", "max_prof_attempts"), "utf-8")
    wrong = RUN.invoke(app, ["towns", "check", str(bad)])
    assert wrong.exit_code == 1
    assert str(bad) in wrong.stderr
    assert "max_prof_attempts" in wrong.stderr
    assert RUN.invoke(app, ["towns", "check", str(tmp_path.parent / "nowhere")]).exit_code == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert RUN.invoke(app, ["towns", "check", str(empty)]).exit_code == 1


def test_documents_are_printed() -> None:
    schema = json.loads(RUN.invoke(app, ["towns", "schema"]).stdout)
    assert "certificates" in schema["properties"]
    as_yaml = yaml.safe_load(RUN.invoke(app, ["asyncapi"]).stdout)
    assert as_yaml == json.loads(RUN.invoke(app, ["asyncapi", "--json"]).stdout)
    assert as_yaml["asyncapi"] == "3.1.0"


def test_without_a_broker_commands_say_so_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    unset = RUN.invoke(app, ["dead-letters", "list"])
    assert (unset.exit_code, "KAFKA_BOOTSTRAP_SERVERS" in unset.stderr) == (2, True)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    for command in (["dead-letters", "list"], ["dead-letters", "show", "notify:0:0"], ["topics", "create"]):
        away = RUN.invoke(app, command)
        assert (away.exit_code, away.stderr.count("\n")) == (1, 1), away.stderr


def test_a_service_or_letter_that_does_not_exist_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert "no service nobody" in RUN.invoke(app, ["dead-letters", "list", "--service", "nobody"]).stderr
    assert "no dead letter nobody:0:0" in RUN.invoke(app, ["dead-letters", "show", "nobody:0:0"]).stderr


def test_a_reason_to_discard_is_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    told = RUN.invoke(app, ["dead-letters", "discard", "notify:0:0", "--reason", "山田太郎 called", "--really"])
    assert (told.exit_code, "is a code" in told.stderr) == (1, True)


def test_topics_are_those_of_flow() -> None:
    topics = {topic.name: topic for topic in wanted(Sizes(partitions=12, replicas=3, min_in_sync=2))}
    assert set(topics) == set(all_topics())
    assert topics["madoguchi.requests.v1"].partitions == 12
    assert topics["madoguchi.notify.dead-letter"].config["retention.ms"] == str(30 * 24 * 3600 * 1000)
    assert all(topic.config["min.insync.replicas"] == "2" for topic in topics.values())
