"""Declared lifecycles: what may be done is told, what may not is refused with every reason, and one of many wins."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.lifecycle import Guard, Lifecycle, Machine, State, Transition, diagram, move, table_of_transitions
from jemeti_platform.manifest import Manifest, ManifestError
from jemeti_platform.platform import BootError
from jemeti_platform.rest.conformance import Conformance
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.waiting import wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace

from .garage_platform import Garage, client_of_garage, workspace_with_garage  # noqa: F401 (fixtures)

REPAIRS = "/v1/garage/repairs"
EVENTS = Statement("SELECT type, data FROM events ORDER BY position")


@pytest.fixture
def repair(client: Api) -> dict[str, Any]:
    made: dict[str, Any] = client.post(REPAIRS, {"concern": "Brakes squeal", "bicycle": "Blue Hercules"}).data
    return made


def do(client: Api, repair: dict[str, Any], action: str, expect: int = 200, **more: Any) -> Reply:
    return client.post(f"{REPAIRS}/{repair['id']}/transitions", {"action": action, **more}, expect=expect)


def ways(client: Api, repair: dict[str, Any]) -> dict[str, dict[str, Any]]:
    standing = client.get(f"{REPAIRS}/{repair['id']}/transitions").data
    return {way["action"]: way for way in standing["transitions"]}


def events(workspace: TestWorkspace) -> list[tuple[str, Any]]:
    with workspace.work() as work:
        (rows,) = work.read(EVENTS())
    return [(row["type"], row["data"]) for row in rows]


# -- one record ---------------------------------------------------------------------------------------


def test_a_record_lives_its_life(client: Api, here: TestWorkspace, repair: dict[str, Any]) -> None:
    assert repair["status"] == "draft"
    accepted = do(client, repair, "accept", stand="left").data
    assert (accepted["status"], accepted["stand"], accepted["version"]) == ("on_stand", "left", 2)
    do(client, repair, "wait", note="The bell is on order")
    do(client, repair, "resume")
    finished = do(client, repair, "finish", price="25.50", note="Tested").data
    assert finished["concern"] == "Brakes squeal!", "the effect of the transition is in the answer"
    assert (finished["status"], finished["billing"]) == ("finished", "as_agreed")
    assert do(client, repair, "hand_over").data == client.get(f"{REPAIRS}/{repair['id']}").data

    moves = client.get(f"{REPAIRS}/{repair['id']}/history")
    assert moves.meta["total"] == 5
    assert [(m["from_state"], m["action"], m["to_state"], m["note"], m["inputs"]) for m in moves.data] == [
        ("finished", "hand_over", "fetched", None, {}),
        ("on_stand", "finish", "finished", "Tested", {"price": "25.50", "tester": None}),
        ("waiting", "resume", "on_stand", None, {}),
        ("on_stand", "wait", "waiting", "The bell is on order", {}),
        ("draft", "accept", "on_stand", None, {"stand": "left"}),
    ]
    assert client.login is not None
    assert {(m["actor_kind"], m["actor_id"]) for m in moves.data} == {("user", str(client.login.user_id))}
    assert all(m["actor_name"] for m in moves.data)
    assert events(here) == [
        (
            "garage.repair.on_stand",
            {
                "record_id": repair["id"],
                "action": "accept",
                "from_state": "draft",
                "to_state": "on_stand",
                "note": None,
            },
        ),
        (
            "garage.repair.waiting",
            {
                "record_id": repair["id"],
                "action": "wait",
                "from_state": "on_stand",
                "to_state": "waiting",
                "note": "The bell is on order",
            },
        ),
        (
            "garage.repair.on_stand",
            {
                "record_id": repair["id"],
                "action": "resume",
                "from_state": "waiting",
                "to_state": "on_stand",
                "note": None,
            },
        ),
        ("garage.repair.finished", {"repair_id": repair["id"], "number": repair["number"], "price": "25.50"}),
        (
            "garage.repair.fetched",
            {
                "record_id": repair["id"],
                "action": "hand_over",
                "from_state": "finished",
                "to_state": "fetched",
                "note": None,
            },
        ),
    ]


def test_what_may_be_done_is_told_and_what_stands_in_the_way(client: Api) -> None:
    repair = client.post(REPAIRS, {"concern": "?"}).data
    standing = client.get(f"{REPAIRS}/{repair['id']}/transitions").data
    assert (standing["state"], standing["title"]) == ("draft", "Draft")
    accept, cancel = standing["transitions"]
    assert (accept["action"], accept["title"], accept["to"], accept["allowed"]) == (
        "accept",
        "Accept",
        "on_stand",
        False,
    )
    assert accept["unmet"] == [
        {"guard": "has_bicycle", "message": "The repair needs a bicycle"},
        {"guard": "has_concern", "message": "'?' says too little about what is wrong"},
    ]
    assert accept["inputs"]["properties"]["stand"]["enum"] == ["left", "right"]
    assert accept["inputs"]["required"] == ["stand"]
    assert (cancel["action"], cancel["allowed"], cancel["inputs"]["required"]) == ("cancel", True, ["note"])

    refused = do(client, repair, "accept", 409, stand="left").error
    assert refused["details"]["reason"] == "state"
    assert refused["details"]["unmet"] == accept["unmet"]
    assert refused["details"]["transitions"] == standing["transitions"]
    assert "The repair needs a bicycle. '?' says too little" in refused["message"]
    client.patch(f"{REPAIRS}/{repair['id']}", {"bicycle": "Red Peugeot", "concern": "Flat tyre"})
    assert ways(client, repair)["accept"]["allowed"]
    do(client, repair, "accept", stand="left")


def test_an_action_that_leads_nowhere_from_here_is_409_with_what_does(client: Api, repair: dict[str, Any]) -> None:
    refused = do(client, repair, "hand_over", 409).error
    assert refused["details"]["state"] == "draft"
    assert [way["action"] for way in refused["details"]["transitions"]] == ["accept", "cancel"]
    assert refused["details"]["unmet"][0]["guard"] == "state"
    assert refused["message"] == (
        "By 'hand_over' nothing leads from 'Draft', where this repair is; possible are: accept, cancel."
    )
    do(client, repair, "cancel", note="Sold it")
    assert client.get(f"{REPAIRS}/{repair['id']}/transitions").data["transitions"] == []
    assert "nothing leads on" in do(client, repair, "accept", 409, stand="left").error["message"]
    assert client.get(f"{REPAIRS}/{repair['id']}/history").meta["total"] == 1


def test_a_guard_sees_what_the_lifecycle_reads(client: Api, repair: dict[str, Any]) -> None:
    part = client.post("/v1/garage/parts", {"repair_id": repair["id"]}).data
    do(client, repair, "accept", stand="left")
    assert ways(client, repair)["finish"]["unmet"] == [
        {"guard": "no_open_parts", "message": "1 parts are still missing"}
    ]
    do(client, repair, "finish", 409, price="9.00")
    client.patch(f"/v1/garage/parts/{part['id']}", {"is_there": True})
    do(client, repair, "finish", price="9.00")


def test_a_guard_that_needs_inputs_is_asked_when_they_are_there(client: Api) -> None:
    repair = client.post(REPAIRS, {"concern": "Gears", "bicycle": "Trek", "agreed": "20.00"}).data
    do(client, repair, "accept", stand="right")
    assert ways(client, repair)["finish"]["allowed"]
    refused = do(client, repair, "finish", 409, price="20.01").error
    assert refused["details"]["unmet"] == [{"guard": "price_agreed", "message": "The price exceeds what was agreed"}]
    assert do(client, repair, "finish", price="19.99").data["billing"] == "cheaper"


def test_what_an_effect_raises_undoes_everything(client: Api, here: TestWorkspace, repair: dict[str, Any]) -> None:
    do(client, repair, "accept", stand="left")
    before, told = client.get(f"{REPAIRS}/{repair['id']}").data, events(here)
    refused = do(client, repair, "finish", 409, price="9.00", tester="nobody").error
    assert refused["details"]["reason"] == "untested"
    assert client.get(f"{REPAIRS}/{repair['id']}").data == before
    assert client.get(f"{REPAIRS}/{repair['id']}/history").meta["total"] == 1
    assert events(here) == told


def test_a_dry_run_shows_and_leaves_nothing(client: Api, here: TestWorkspace, repair: dict[str, Any]) -> None:
    path = f"{REPAIRS}/{repair['id']}/transitions?dry_run=true"
    assert client.post(path, {"action": "accept", "stand": "left"}).data["status"] == "on_stand"
    assert client.get(f"{REPAIRS}/{repair['id']}").data == repair
    assert events(here) == []
    client.post(path, {"action": "hand_over"}, expect=409)


def test_who_has_seen_something_else_is_told(client: Api, repair: dict[str, Any]) -> None:
    path = f"{REPAIRS}/{repair['id']}"
    stale = client.get(path).headers["ETag"]
    client.patch(path, {"concern": "Everything"})
    body = {"action": "accept", "stand": "left"}
    refused = client.post(f"{path}/transitions", body, headers={"If-Match": stale}, expect=412)
    assert refused.error["details"]["current"]["concern"] == "Everything"
    client.post(f"{path}/transitions", body, headers={"If-Match": refused.headers["ETag"]})


# -- what is sent -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"action"}),
        ([], {""}),
        ({"action": "explode"}, {"action"}),
        ({"action": 5}, {"action"}),
        ({"action": None}, {"action"}),
        ({"action": "accept"}, {"stand"}),
        ({"action": "accept", "stand": "middle", "colour": "red"}, {"stand", "colour"}),
        ({"action": "accept", "stand": "left", "price": "5.00"}, {"price"}),
        ({"action": "finish", "price": "-1"}, {"price"}),
        ({"action": "finish", "price": 1.5, "tester": ""}, {"price", "tester"}),
        ({"action": "cancel"}, {"note"}),
        ({"action": "cancel", "note": " "}, {"note"}),
        ({"action": "resume", "note": "x" * 2001}, {"note"}),
    ],
)
def test_what_does_not_fit_the_action_is_named(
    client: Api, repair: dict[str, Any], body: Any, fields: set[str]
) -> None:
    refused = client.post(f"{REPAIRS}/{repair['id']}/transitions", body, expect=400)
    assert {fault["field"] for fault in refused.error["details"]} == fields


def test_a_state_is_never_typed_in(client: Api, repair: dict[str, Any]) -> None:
    for name in ("status", "sub_state_id", "billing"):
        for refused in (
            client.patch(f"{REPAIRS}/{repair['id']}", {name: "finished"}, expect=400),
            client.post(REPAIRS, {"concern": "Wheels", name: "finished"}, expect=400),
        ):
            assert refused.error["details"] == [{"field": name, "message": "Unknown field"}]


def test_what_is_not_there_is_not_found(client: Api, garage: Garage, repair: dict[str, Any]) -> None:
    stranger = garage.api(garage.workspace())
    for identity in (uuid4(), "no-uuid"):
        for suffix in ("transitions", "history"):
            client.get(f"{REPAIRS}/{identity}/{suffix}", expect=404)
        client.post(f"{REPAIRS}/{identity}/transitions", {"action": "resume"}, expect=404)
    for suffix in ("transitions", "history"):
        stranger.get(f"{REPAIRS}/{repair['id']}/{suffix}", expect=404)
    stranger.post(f"{REPAIRS}/{repair['id']}/transitions", {"action": "resume"}, expect=404)


def test_each_transition_has_a_permission_of_its_own(client: Api, repair: dict[str, Any]) -> None:
    mechanic = client.as_one_who_may("garage.repairs:read", "garage.repairs:work")
    told = ways(mechanic, repair)
    assert told["accept"]["allowed"]
    assert told["cancel"]["unmet"][0]["guard"] == "permission"
    refused = do(mechanic, repair, "cancel", 403)  # without its note: the permission is told first
    assert refused.error["details"] == {"permission": "garage.repairs:cancel"}
    do(mechanic, repair, "accept", stand="left")
    assert do(client.as_one_who_may(), repair, "wait", 403).error["details"]["permission"] == "garage.repairs:read"


# -- at once ------------------------------------------------------------------------------------------


def fifty(client: Api, repair: dict[str, Any]) -> list[int]:
    path = f"{REPAIRS}/{repair['id']}/transitions"
    with ThreadPoolExecutor(16) as pool:
        return list(
            pool.map(
                lambda _: client.post(path, {"action": "accept", "stand": "left"}, anything=True).status, range(50)
            )
        )


def test_of_fifty_alike_at_once_one_wins(client: Api, here: TestWorkspace, repair: dict[str, Any]) -> None:
    assert sorted(fifty(client, repair)) == [200, *([409] * 49)]
    assert client.get(f"{REPAIRS}/{repair['id']}/history").meta["total"] == 1
    assert len(events(here)) == 1


@pytest.fixture
def machine(garage: Garage) -> Machine:
    return garage.platform.machines["garage.repair"]


def without_lock(machine: Machine, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(machine, "_lock", machine._read)


def without_condition(machine: Machine, patch: pytest.MonkeyPatch) -> None:
    text = "UPDATE garage_repairs SET status = %(status)s, stand = %(stand)s WHERE id = %(row_id)s RETURNING *"
    patch.setattr(machine, "_update", lambda fields: Statement(text))


def test_the_control_without_lock_and_condition_several_win(
    client: Api, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(machine, monkeypatch)
    without_condition(machine, monkeypatch)
    winners = 0
    for _ in range(5):
        repair = client.post(REPAIRS, {"concern": "Brakes squeal", "bicycle": "Blue Hercules"}).data
        winners = max(winners, fifty(client, repair).count(200))
    assert winners > 1


@pytest.mark.parametrize("weakened", [without_lock, without_condition])
def test_either_of_the_two_is_enough(
    client: Api,
    machine: Machine,
    repair: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    weakened: Callable[[Machine, pytest.MonkeyPatch], None],
) -> None:
    weakened(machine, monkeypatch)
    assert fifty(client, repair).count(200) == 1


def test_what_guards_read_is_read_after_the_lock(
    garage: Garage, here: TestWorkspace, client: Api, repair: dict[str, Any]
) -> None:
    """A part that is ordered while somebody waits to finish the repair is seen by the guard."""
    do(client, repair, "accept", stand="left")
    with garage.database.connect("jemeti_app") as other, ThreadPoolExecutor(1) as pool:
        with other.transaction():
            other.execute("SELECT jemeti.enter(%s, NULL)", [str(here.id)])
            other.execute("SELECT 1 FROM garage_repairs WHERE id = %s FOR UPDATE", [repair["id"]])
            waiting = pool.submit(do, client, repair, "finish", 409, price="9.00")
            wait_until_blocked(garage.database, unless=waiting.done)
            assert not waiting.done()
            other.execute("INSERT INTO garage_parts (id, repair_id) VALUES (%s, %s)", [uuid4(), repair["id"]])
        assert waiting.result().error["details"]["unmet"][0]["guard"] == "no_open_parts"


def test_round_trips(garage: Garage, client: Api, repair: dict[str, Any]) -> None:
    path = f"{REPAIRS}/{repair['id']}"
    for suffix in ("transitions", "history"):
        client.get(f"{path}/{suffix}")
        with count_round_trips(garage.platform) as trips:
            client.get(f"{path}/{suffix}")
        assert trips.count == 1, trips.trace
    do(client, repair, "accept", stand="left")
    with count_round_trips(garage.platform) as trips:
        do(client, repair, "wait", note="Lunch")
    assert trips.count == 4, trips.trace  # enter, lock and look, write and show, commit


# -- sub-states ---------------------------------------------------------------------------------------


@pytest.fixture
def lunch(client: Api) -> dict[str, Any]:
    body = {"lifecycle": "garage.repair", "state": "on_stand", "title": "Having lunch", "colour": "#AA3300"}
    made: dict[str, Any] = client.post("/v1/sub-states", body, expect=201).data
    return made


def test_a_record_carries_a_sub_state_of_its_state_until_it_moves(
    client: Api, repair: dict[str, Any], lunch: dict[str, Any]
) -> None:
    path = f"{REPAIRS}/{repair['id']}/sub-state"
    early = client.put(path, {"sub_state_id": lunch["id"]}, expect=400)
    assert early.error["details"] == [{"field": "sub_state_id", "message": "There is no such sub-state of 'Draft'"}]
    do(client, repair, "accept", stand="left")
    shown = client.get(f"{REPAIRS}/{repair['id']}/transitions").data["sub_states"]
    assert shown == [{"id": lunch["id"], "title": "Having lunch", "colour": "#aa3300"}]
    told = ways(client, repair)
    chosen = client.put(path, {"sub_state_id": lunch["id"]}).data
    assert (chosen["status"], chosen["sub_state_id"]) == ("on_stand", lunch["id"])
    assert ways(client, repair) == told, "no logic reads it"
    assert client.delete(f"/v1/sub-states/{lunch['id']}", expect=409).error["details"]["reason"] == "in_use"
    assert client.put(path, {"sub_state_id": None}).data["sub_state_id"] is None
    client.put(path, {"sub_state_id": lunch["id"]})
    assert do(client, repair, "wait", note="Back at two").data["sub_state_id"] is None
    client.delete(f"/v1/sub-states/{lunch['id']}", expect=204)


def test_the_database_keeps_a_sub_state_with_its_state(
    garage: Garage, here: TestWorkspace, client: Api, repair: dict[str, Any], lunch: dict[str, Any]
) -> None:
    with garage.database.connect("jemeti_app") as app, app.transaction(force_rollback=True):
        app.execute("SELECT jemeti.enter(%s, NULL)", [str(here.id)])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            app.execute("UPDATE garage_repairs SET sub_state_id = %s WHERE id = %s", [lunch["id"], repair["id"]])


def test_a_sub_state_belongs_to_a_state_that_there_is(client: Api, lunch: dict[str, Any]) -> None:
    body = {"lifecycle": "garage.repair", "state": "on_stand", "title": "Having lunch"}
    assert client.post("/v1/sub-states", body, expect=409).error["details"]["reason"] == "duplicate"
    assert (
        client.post("/v1/sub-states", {**body, "state": "asleep"}, expect=400).error["details"][0]["field"] == "state"
    )
    wrong = client.post("/v1/sub-states", {**body, "lifecycle": "garage.bill"}, expect=400)
    assert wrong.error["details"][0]["field"] == "lifecycle"
    path = f"/v1/sub-states/{lunch['id']}"
    assert client.patch(path, {"title": "Lunch", "position": 3}).data["title"] == "Lunch"
    assert client.patch(path, {"state": "draft"}, expect=400).error["details"][0]["field"] == "state"
    client.as_one_who_may("lifecycles:read").patch(path, {"title": "Tea"}, expect=403)


# -- the declarations ---------------------------------------------------------------------------------


def test_lifecycles_are_listed(client: Api, here: TestWorkspace) -> None:
    (shown,) = client.get("/v1/lifecycles").data
    assert shown == client.get("/v1/lifecycles/garage.repair").data
    assert [state["name"] for state in shown["states"] if state["is_final"]] == ["fetched", "cancelled"]
    cancel = shown["transitions"][-1]
    assert (cancel["from"], cancel["to"]) == (["draft", "on_stand", "waiting"], "cancelled")
    assert shown["transitions"][0]["guards"][0] == {"guard": "has_bicycle", "message": "The repair needs a bicycle"}
    client.get("/v1/lifecycles/garage.unknown", expect=404)
    for slug in ("garage.repairs", "garage"):
        here.set_feature(slug, "off")
    assert client.get("/v1/lifecycles").data == []
    client.get("/v1/lifecycles/garage.repair", expect=404)


def test_the_reference_shows_actions_and_inputs(garage: Garage, client: Api, repair: dict[str, Any]) -> None:
    document = garage.app.registry.published.whole.document
    operation = document["paths"]["/v1/garage/repairs/{id}/transitions"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    body = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    assert body["properties"]["action"]["enum"] == ["accept", "wait", "resume", "finish", "hand_over", "cancel"]
    assert "accept (draft → on_stand)" in body["properties"]["action"]["description"]
    assert body["properties"]["stand"] == {
        "type": "string", "enum": ["left", "right"], "description": "Where it is put; for accept",
    }  # fmt: skip
    assert body["required"] == ["action"]
    example = content["example"]
    assert (example["action"], example["stand"]) == ("accept", "left")
    assert "price" not in example
    conformance = Conformance(document)
    for reply, method, suffix in (
        (client.get(f"{REPAIRS}/{repair['id']}/transitions"), "GET", "transitions"),
        (do(client, repair, "accept", stand="left"), "POST", "transitions"),
        (do(client, repair, "accept", 409, stand="left"), "POST", "transitions"),
        (client.get(f"{REPAIRS}/{repair['id']}/history"), "GET", "history"),
    ):
        conformance.check(method, f"{REPAIRS}/{repair['id']}/{suffix}", reply.status, reply.headers, reply.body)


def test_domain_code_moves_records_too(here: TestWorkspace, client: Api, repair: dict[str, Any]) -> None:
    identity = UUID(repair["id"])
    with here.work() as work:
        row = move(work, "garage.repair", identity, "accept", note="By itself", inputs={"stand": "right"})
        assert (row["status"], row["stand"]) == ("on_stand", "right")
        with pytest.raises(Conflict) as refused:
            move(work, "garage.repair", identity, "accept", inputs={"stand": "right"})
        assert refused.value.reason == "state"
    (entry,) = client.get(f"{REPAIRS}/{repair['id']}/history").data
    assert (entry["actor_kind"], entry["actor_name"], entry["note"]) == ("system", "tests", "By itself")


@pytest.mark.parametrize("role", ["jemeti_app", "jemeti_platform"])
@pytest.mark.parametrize("statement", ["UPDATE lifecycle_history SET note = 'x'", "DELETE FROM lifecycle_history"])
def test_history_is_for_ever(
    garage: Garage, here: TestWorkspace, client: Api, repair: dict[str, Any], role: str, statement: str
) -> None:
    do(client, repair, "accept", stand="left")
    with garage.database.connect(role) as connection, connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(here.id)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_the_database_knows_the_same_states(garage: Garage, here: TestWorkspace, repair: dict[str, Any]) -> None:
    with garage.database.connect("jemeti_app") as app, app.transaction(force_rollback=True):
        app.execute("SELECT jemeti.enter(%s, NULL)", [str(here.id)])
        with pytest.raises(psycopg.errors.CheckViolation):
            app.execute("UPDATE garage_repairs SET status = 'asleep' WHERE id = %s", [repair["id"]])


A, B, C = State("a", "A"), State("b", "B"), State("c", "C")
GO = Transition("go", "a", "b", "Go", "x.y:go")


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Lifecycle("job", "J", (A,), "a", ()), "plugin"),
        (lambda: Lifecycle("x.j", "J", (A, A), "a", ()), "'a' is declared twice"),
        (lambda: Lifecycle("x.j", "J", (A, B), "z", (GO,)), "initial state 'z'"),
        (lambda: Lifecycle("x.j", "J", (A,), "a", (GO,)), "'go' names the state 'b'"),
        (lambda: Lifecycle("x.j", "J", (A, B, C), "a", (GO,)), "nothing leads to 'c'"),
        (lambda: Lifecycle("x.j", "J", (A, B), "a", (GO, replace(GO, title="Run"))), "two transitions lead from 'a'"),
        (
            lambda: Lifecycle("x.j", "J", (A, B), "a", (GO, replace(GO, from_="b", to="a", permission="x.y:o"))),
            "must agree",
        ),
        (lambda: Transition("Go!", "a", "b", "Go", "x.y:go"), "one lower-case word"),
        (lambda: State("In Progress", "In progress"), "one lower-case word"),
        (
            lambda: Manifest("y", "Y", "1", lifecycles=(Lifecycle("x.j", "J", (A, B), "a", (GO,)),)),
            "must begin with 'y.'",
        ),
        (
            lambda: Manifest("x", "X", "1", lifecycles=(Lifecycle("x.j", "J", (A, B), "a", (GO,)),)),
            "needs the permission 'x.y:go'",
        ),
    ],
)
def test_a_lifecycle_that_makes_no_sense_stops_the_boot(make: Callable[[], Any], word: str) -> None:
    with pytest.raises(ManifestError, match=re.escape(word)):
        make()


def test_a_lifecycle_that_does_not_fit_its_resource_stops_the_boot(machine: Machine) -> None:
    with pytest.raises(BootError, match="no column 'stage'"):
        Machine(replace(machine.lifecycle, column="stage"), machine.resource)
    with pytest.raises(BootError, match="take it out of"):
        Machine(replace(machine.lifecycle, column="concern"), machine.resource)


def test_a_guard_that_says_nothing_is_a_fault_of_the_program() -> None:
    guard = Guard("careless", "It must be so", lambda work, record, inputs: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match="careless"):
        guard.unmet(None, {}, {})  # type: ignore[arg-type]


def test_a_lifecycle_is_drawn(machine: Machine) -> None:
    assert diagram(machine.lifecycle) == (
        "stateDiagram-v2\n"
        "    on_stand: On the stand\n"
        "    [*] --> draft\n"
        "    draft --> on_stand: accept\n"
        "    on_stand --> waiting: wait\n"
        "    waiting --> on_stand: resume\n"
        "    on_stand --> finished: finish\n"
        "    finished --> fetched: hand_over\n"
        "    draft --> cancelled: cancel\n"
        "    on_stand --> cancelled: cancel\n"
        "    waiting --> cancelled: cancel\n"
        "    fetched --> [*]\n"
        "    cancelled --> [*]"
    )
    rows = table_of_transitions(machine.lifecycle).splitlines()
    assert rows[2] == (
        "| `accept` | `draft` | `on_stand` | `garage.repairs:work` "
        "| The repair needs a bicycle; The repair needs a concern; inputs `stand` |"
    )
