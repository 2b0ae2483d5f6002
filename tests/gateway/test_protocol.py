"""Flink's SQL Gateway REST API, as its clients use it."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sqlstream.gateway.server import SqlGateway
from tests.gateway.gateway_user import GatewayUser, reason

NUMBERS = "CREATE TABLE numbers (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20')"
ENDLESS = "CREATE TABLE endless (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')"
HOLE = "CREATE TABLE hole (a INT) WITH ('connector' = 'blackhole')"


@pytest.fixture
def user(client: httpx.Client) -> GatewayUser:
    return GatewayUser(client)


@pytest.mark.parametrize("prefix", ["", "/v1", "/v2", "/v3", "/v4"])
def test_every_version_says_who_it_is(client: httpx.Client, prefix: str) -> None:
    assert client.get(f"{prefix}/info").json()["productName"] == "sqlstream"
    assert client.get(f"{prefix}/api_versions").json() == {"versions": ["V1", "V2", "V3", "V4"]}


def test_versions_differ_in_what_they_can(client: httpx.Client) -> None:
    session = GatewayUser(client).session
    completion = {"statement": "SEL", "position": 3}
    requests = {
        "configure-session": ("POST", {"statement": "SET 'a' = 'b'"}),
        "complete-statement": ("GET", completion),
        "materialized-tables/t/refresh": ("POST", {"isPeriodic": False}),
    }
    served = {
        version: [
            name
            for name, (method, body) in requests.items()
            if client.request(method, f"{version}/sessions/{session}/{name}", json=body).status_code == 200
        ]
        for version in ("/v1", "/v2", "/v3", "/v4", "")
    }
    everything = list(requests)
    assert served == {"/v1": [], "/v2": everything[:2], "/v3": everything, "/v4": everything, "": everything}


def test_the_first_version_knows_no_row_format(client: httpx.Client) -> None:
    user = GatewayUser(client, version="v1")
    page = user.fetch(user.execute("SHOW DATABASES"), row_format="PLAIN_TEXT").json()
    assert page["results"]["rowFormat"] == "JSON"
    assert page["nextResultUri"].endswith("/result/1")


def test_next_pages_are_in_the_version_and_format_of_the_first(client: httpx.Client, user: GatewayUser) -> None:
    handle = user.execute("SHOW DATABASES")
    path = f"/sessions/{user.session}/operations/{handle}/result"
    for prefix, version in (("/v2", "v2"), ("/v3", "v3"), ("", "v4")):
        user.fetch(handle)
        page = client.get(f"{prefix}{path}/0", params={"rowFormat": "plain_text"}).json()
        assert page["nextResultUri"] == f"/{version}{path}/1?rowFormat=PLAIN_TEXT"


def test_a_session_has_the_options_it_was_opened_with_and_shows_no_secret(client: httpx.Client) -> None:
    body = {"sessionName": "mine", "properties": {"parallelism.default": 2, "my.flag": True, "my.password": "hunter2"}}
    session = client.post("/v2/sessions", json=body).json()["sessionHandle"]
    properties = client.get(f"/v2/sessions/{session}").json()["properties"]
    assert properties["parallelism.default"] == "2"
    assert properties["my.flag"] == "true"
    assert properties["my.password"] == "******"


@pytest.mark.parametrize("content", [None, b"{}", b'{"properties": null, "sessionName": null}', b'{"unknown": 1}'])
def test_a_session_can_be_opened_with_nothing(client: httpx.Client, content: bytes | None) -> None:
    answer = client.post("/v2/sessions", content=content, headers={"Content-Type": "application/json"})
    assert uuid.UUID(answer.json()["sessionHandle"])


def test_settings_hold_for_the_statements_that_follow(user: GatewayUser) -> None:
    user.run("SET 'pipeline.name' = 'mine'")
    assert ["pipeline.name", "mine"] in user.run("SET")
    assert user.client.get(user.path).json()["properties"]["pipeline.name"] == "mine"
    user.run("RESET 'pipeline.name'")
    assert ["pipeline.name", "mine"] not in user.run("SET")


def test_sessions_do_not_see_each_others_tables(client: httpx.Client) -> None:
    one, other = GatewayUser(client), GatewayUser(client)
    one.run(NUMBERS)
    assert one.run("SHOW TABLES") == [["numbers"]]
    assert other.run("SHOW TABLES") == []


def test_options_of_one_statement_hold_for_it_alone(user: GatewayUser) -> None:
    user.run(NUMBERS)
    query = "SELECT COUNT(*) FROM numbers"
    assert user.run(query, executionConfig={"execution.runtime-mode": "batch"}) == [[20]]
    assert len(user.run(query)) > 1
    user.run("SET 'pipeline.name' = 'kept'", executionConfig={"execution.runtime-mode": "batch"})
    settings = dict(user.run("SET"))
    assert settings["pipeline.name"] == "kept"
    assert "execution.runtime-mode" not in settings


def test_an_option_of_one_statement_is_checked(user: GatewayUser) -> None:
    failure = user.failure("SELECT 1", executionConfig={"execution.runtime-mode": "sometimes"})
    assert failure.startswith("Invalid value 'sometimes' for option 'execution.runtime-mode'.")


def test_a_mistake_is_shown_with_its_place_and_no_traceback(user: GatewayUser) -> None:
    user.run(NUMBERS)
    handle = user.execute("SELECT b FROM numbers")
    answer = user.fetch(handle)
    assert reason(answer).splitlines()[1:3] == ["  SELECT b FROM numbers", "         ^"]
    assert "Traceback" not in answer.text
    assert user.status(handle) == "ERROR"
    assert user.fetch(handle).text == answer.text


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "There is no statement"),
        ("-- nothing", "There is no statement"),
        ("SELECT 1; SELECT 2", "Only a single statement is supported (line 1, column 11)"),
        ("SELECT CAST('x' AS INT)", "Cannot cast 'x' to INT"),
        ("USE CATALOG nowhere", "Catalog 'nowhere' does not exist."),
    ],
)
def test_what_cannot_be_executed_says_why(user: GatewayUser, statement: str, said: str) -> None:
    assert said in user.failure(statement)


def test_the_last_page_can_be_fetched_again_and_no_other(user: GatewayUser) -> None:
    handle = user.execute("SHOW DATABASES")
    assert user.fetch(handle, 0).text == user.fetch(handle, 0).text
    assert user.fetch(handle, 1).json()["resultType"] == "EOS"
    assert user.fetch(handle, 0).json()["resultType"] == "PAYLOAD"
    assert reason(user.fetch(handle, 5)) == "Expecting token to be 1 or 0, but found 5."
    assert reason(user.fetch(handle, -1)) == "Expecting token to be 1 or 0, but found -1."


def test_large_results_come_in_pages(user: GatewayUser) -> None:
    user.run("CREATE TABLE many (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '20000')")
    handle = user.execute("SELECT * FROM many")
    sizes, token = [], 0
    while (page := user.fetch(handle, token).json())["resultType"] == "PAYLOAD":
        sizes.append(len(page["results"]["data"]))
        token += 1
    assert sum(sizes) == 20_000
    assert max(sizes) <= 5_000


def test_changes_carry_their_row_kinds(user: GatewayUser) -> None:
    handle = user.execute("SELECT k, COUNT(*) AS n FROM (VALUES (1), (1)) AS t(k) GROUP BY k")
    rows, token = [], 0
    while (page := user.fetch(handle, token).json())["resultType"] == "PAYLOAD":
        rows += [(row["kind"], *row["fields"]) for row in page["results"]["data"]]
        token += 1
    assert rows == [("INSERT", 1, 1), ("UPDATE_BEFORE", 1, 1), ("UPDATE_AFTER", 1, 2)]


def test_canceling_a_query_ends_its_job(user: GatewayUser) -> None:
    user.run(ENDLESS)
    handle = user.execute("SELECT * FROM endless")
    user.rows_of(handle)
    job = user.run("SHOW JOBS")[0][0]
    assert user.cancel(handle).json() == {"status": "CANCELED"}
    assert user.status(handle) == "CANCELED"
    assert reason(user.fetch(handle)) == f"Can not fetch results from the {handle} in CANCELED status."
    assert user.job_status(job) in ("CANCELED", "CANCELLING")


def test_closing_a_query_ends_its_job_and_forgets_it(user: GatewayUser) -> None:
    user.run(ENDLESS)
    handle = user.execute("SELECT * FROM endless")
    user.rows_of(handle)
    job = user.run("SHOW JOBS")[0][0]
    assert user.close(handle).json() == {"status": "CLOSED"}
    assert user.close(handle).json() == {"status": "CLOSED"}
    assert user.job_status(job) in ("CANCELED", "CANCELLING")
    assert user.client.get(user.operation(handle, "status")).status_code == 500


def test_an_insert_goes_on_when_its_operation_and_session_are_closed(client: httpx.Client, user: GatewayUser) -> None:
    user.run(ENDLESS)
    user.run(HOLE)
    handle = user.execute("INSERT INTO hole SELECT * FROM endless")
    ((job,),) = [row["fields"] for row in user.fetch(handle).json()["results"]["data"]]
    user.close(handle)
    client.delete(user.path)
    other = GatewayUser(client)
    assert other.job_status(job) == "RUNNING"
    other.run(f"STOP JOB '{job}'")
    assert other.job_status(job) == "CANCELED"


def test_canceling_a_statement_that_waits_for_its_job_ends_the_job(user: GatewayUser) -> None:
    user.run(ENDLESS)
    user.run(HOLE)
    user.run("SET 'table.dml-sync' = 'true'")
    handle = user.execute("INSERT INTO hole SELECT * FROM endless")
    page = user.client.get(user.operation(handle, "result/0")).json()
    assert page == {
        "resultType": "NOT_READY",
        "nextResultUri": f"{user.operation(handle, 'result/0')}?rowFormat=JSON",
    }
    assert user.cancel(handle).json() == {"status": "CANCELED"}
    assert user.run("SHOW JOBS")[0][2] == "CANCELED"


def test_a_statement_may_be_given_a_time(user: GatewayUser) -> None:
    user.run(ENDLESS)
    user.run(HOLE)
    user.run("SET 'table.dml-sync' = 'true'")
    handle = user.execute("INSERT INTO hole SELECT * FROM endless", executionTimeout=300)
    assert reason(user.fetch(handle)) == f"Can not fetch results from the {handle} in TIMEOUT status."
    assert user.status(handle) == "TIMEOUT"
    assert user.run("SHOW JOBS")[0][2] == "CANCELED"
    assert user.run("SHOW CURRENT DATABASE", executionTimeout=60_000) == [["default_database"]]


def test_statements_behind_one_that_waits_can_be_given_up(user: GatewayUser) -> None:
    user.run(ENDLESS)
    user.run(HOLE)
    user.run("SET 'table.dml-sync' = 'true'")
    first = user.execute("INSERT INTO hole SELECT * FROM endless")
    second = user.execute("CREATE TABLE never (a INT) WITH ('connector' = 'blackhole')")
    assert user.status(second) == "PENDING"
    user.cancel(second)
    user.cancel(first)
    assert ["never"] not in user.run("SHOW TABLES")


def test_what_has_ended_cannot_be_canceled(user: GatewayUser) -> None:
    handle = user.execute("SHOW TABLES")
    user.fetch(handle)
    answer = user.cancel(handle)
    assert answer.status_code == 500
    assert answer.json()["errors"] == [
        f"Failed to convert the Operation Status from FINISHED to CANCELED for {handle}."
    ]


def test_a_closed_session_is_gone(client: httpx.Client, user: GatewayUser) -> None:
    assert client.delete(user.path).json() == {"status": "CLOSED"}
    missing = [f"Session '{user.session}' does not exist."]
    assert client.delete(user.path).json()["errors"] == missing
    assert client.get(user.path).json()["errors"] == missing
    assert client.post(f"{user.path}/heartbeat").json()["errors"] == missing
    assert reason(client.post(f"{user.path}/statements", json={"statement": "SELECT 1"})) == missing[0]


def test_an_unknown_operation_is_said(user: GatewayUser) -> None:
    handle = str(uuid.uuid4())
    missing = f"Can not find the submitted operation in the OperationManager with the {handle}."
    answer = user.client.get(user.operation(handle, "status"))
    assert (answer.status_code, answer.json()["errors"]) == (500, [missing])
    assert reason(user.fetch(handle)) == missing
    assert user.close(handle).json() == {"status": "CLOSED"}


def test_a_session_is_configured_by_statements_that_change_it(user: GatewayUser) -> None:
    def configure(statement: str) -> httpx.Response:
        return user.client.post(f"{user.path}/configure-session", json={"statement": statement})

    for statement in (HOLE, "SET 'pipeline.name' = 'mine'", "USE CATALOG default_catalog"):
        assert (configure(statement).status_code, configure("RESET 'pipeline.name'").json()) == (200, {})
    assert user.run("SHOW TABLES") == [["hole"]]
    for statement in ("SELECT 1", "SHOW TABLES", "INSERT INTO hole SELECT 1"):
        assert "Unsupported statement for configuring session" in reason(configure(statement))
    assert "Catalog 'nowhere' does not exist" in reason(configure("USE CATALOG nowhere"))


def test_a_statement_is_completed(user: GatewayUser) -> None:
    user.run(NUMBERS)

    def candidates(statement: str) -> list[str]:
        body = {"statement": statement, "position": len(statement)}
        answer = user.client.request("GET", f"{user.path}/complete-statement", json=body)
        return list(answer.json()["candidates"])

    assert "numbers" in candidates("SELECT * FROM nu")
    assert "a" in candidates("SELECT a FROM numbers WHERE a")
    assert "SELECT" in candidates("SEL")
    assert candidates("SELECT * FROM zzz") == []


def test_a_materialized_table_cannot_be_refreshed(user: GatewayUser) -> None:
    user.run(NUMBERS)

    def refresh(name: str) -> str:
        answer = user.client.post(f"{user.path}/materialized-tables/{name}/refresh", json={"isPeriodic": False})
        return reason(user.fetch(answer.json()["operationHandle"]))

    assert refresh("default_catalog.default_database.numbers").startswith(
        "Table 'default_catalog.default_database.numbers' is not a materialized table."
    )
    assert refresh("nowhere").startswith("Table 'nowhere' does not exist.")


def test_browsing_pages_of_sql_in_the_wrong_place_harms_nobody(client: httpx.Client, gateway: SqlGateway) -> None:
    for path in ("/v4/sessions/..%2f..%2fetc%2fpasswd", "/v4/sessions/' OR 1=1 --", "/v4/../../etc/passwd"):
        answer = client.get(path)
        assert answer.status_code in (400, 404)
        assert list(answer.json()) == ["errors"]


def test_sessions_work_at_the_same_time_and_keep_their_own_order(client: httpx.Client) -> None:
    def work(number: int) -> list[list[int]]:
        user = GatewayUser(client, **{"execution.runtime-mode": "batch"})
        handles = []
        for step in range(5):
            user.execute(f"CREATE VIEW v{step} AS SELECT {number} AS a, {step} AS b")
            handles.append(user.execute(f"SELECT * FROM v{step}"))
        return [user.rows(handle)[0] for handle in handles]

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(work, range(20)))
    assert answers == [[[number, step] for step in range(5)] for number in range(20)]
