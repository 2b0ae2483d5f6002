"""Uploading scripts, and running them on the JobManager."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from sqlstream.errors import SqlStreamError
from sqlstream.runtime.jobmanager.job_manager import JobManager
from sqlstream.web import job_json
from sqlstream.web.answers import answer
from sqlstream.web.documented import answers, body
from sqlstream.web.jar_store import Jar, JarStore
from sqlstream.web.request_parts import Parallelism, decoded, json_content
from sqlstream.web.run_settings import RunSettings
from sqlstream.web.shapes import jars as shapes
from sqlstream.web.shapes.jobs import JobPlan
from sqlstream.web.shapes.outcomes import Nothing

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"jarfile": {"type": "string", "format": "binary"}},
                    "required": ["jarfile"],
                }
            }
        },
    }
}
_OPTION = re.compile(r"-D\s*([^=\s]+)=(.*)", re.DOTALL)


class RunBody(msgspec.Struct, rename="camel"):
    """``programArgsList`` may have options for the session: ``-Dkey=value``. Scripts have no classes, and take no
    other arguments."""

    entry_class: str | None = None
    program_args: str | None = None
    program_args_list: list[str] | None = None
    parallelism: Annotated[int, msgspec.Meta(ge=1, le=1 << 15)] | None = None
    job_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    allow_non_restored_state: bool | None = None
    savepoint_path: str | None = None
    restore_mode: Literal["NO_CLAIM", "CLAIM", "LEGACY"] | None = None
    claim_mode: Literal["NO_CLAIM", "CLAIM", "LEGACY"] | None = None
    flink_configuration: dict[str, str] | None = None


ProgramArgs = Annotated[str | None, Query(alias="program-args")]
ProgramArg = Annotated[str | None, Query(alias="programArg", description="Options -Dkey=value, separated by commas.")]
EntryClass = Annotated[str | None, Query(alias="entry-class")]


def jar_router(job_manager: JobManager) -> APIRouter:
    router = APIRouter(prefix="/jars", tags=["scripts"])
    store = JarStore(job_manager.configuration)

    def existing(jar_id: str) -> Jar:
        jar = store.find(jar_id)
        if jar is None:
            raise HTTPException(404, f"There is no uploaded file {jar_id}.")
        return jar

    def script(jar_id: str) -> str:
        jar = existing(jar_id)
        if not jar.is_script:
            raise HTTPException(
                400, f"{jar.name} cannot be run: a Python file holds functions, only a .sql file is run."
            )
        return jar.path.read_text(encoding="utf-8")

    @router.get("", responses=answers(shapes.Jars))
    def jars(request: Request) -> Response:
        """All that have been uploaded, the latest first."""
        listing: shapes.Jars = {
            "address": str(request.base_url).rstrip("/"),
            "files": [{"id": jar.id, "name": jar.name, "uploaded": jar.uploaded, "entry": []} for jar in store.all()],
        }
        return answer(listing)

    @router.post("/upload", responses=answers(shapes.Uploaded, 415), openapi_extra=_UPLOAD)
    async def upload(request: Request) -> Response:
        """Keep a SQL script (`.sql`), or a Python file (`.py`): `curl -F jarfile=@script.sql .../jars/upload`."""
        name, content = await _uploaded(request)
        try:
            jar = await run_in_threadpool(store.add, name, content)
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"filename": str(jar.path), "status": "success"})

    @router.delete("/{jar_id}", responses=answers(Nothing, 404))
    def delete(jar_id: str) -> Response:
        """Forget one; jobs that it has started go on."""
        store.remove(existing(jar_id))
        return answer({})

    @router.post("/{jar_id}/run", responses=answers(shapes.Run, 404, 415), openapi_extra=body(RunBody))
    async def run(
        request: Request,
        jar_id: str,
        program_args: ProgramArgs = None,
        program_arg: ProgramArg = None,
        entry_class: EntryClass = None,
        parallelism: Parallelism = None,
        savepoint: Annotated[str | None, Query(alias="savepointPath")] = None,
        allow_non_restored: Annotated[bool | None, Query(alias="allowNonRestoredState")] = None,
    ) -> Response:
        """Plan and start its jobs on this JobManager. What the body says counts before the query."""
        asked = RunBody(
            entry_class, program_args, _listed(program_arg), parallelism, None, allow_non_restored, savepoint
        )
        settings = _settings(_merged(await _body(request), asked))
        text = script(jar_id)
        from sqlstream.web.script_run import run_script  # loads the planner, which few JobManagers need

        try:
            started = await run_in_threadpool(run_script, job_manager, text, settings)
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"jobid": started[0], "jobids": started})

    async def planned(request: Request, jar_id: str, asked: RunBody) -> Response:
        settings = _settings(_merged(await _body(request), asked))
        text = script(jar_id)
        from sqlstream.web.script_run import plan_script  # loads the planner, which few JobManagers need

        try:
            graph = await run_in_threadpool(plan_script, job_manager.configuration, text, settings)
        except SqlStreamError as error:
            raise HTTPException(400, str(error)) from None
        return answer({"plan": job_json.plan(graph)})

    @router.get("/{jar_id}/plan", responses=answers(JobPlan, 404, 415))
    async def plan(
        request: Request,
        jar_id: str,
        program_args: ProgramArgs = None,
        program_arg: ProgramArg = None,
        entry_class: EntryClass = None,
        parallelism: Parallelism = None,
    ) -> Response:
        """The graph of its first job, which is not run."""
        return await planned(request, jar_id, RunBody(entry_class, program_args, _listed(program_arg), parallelism))

    @router.post("/{jar_id}/plan", responses=answers(JobPlan, 404, 415), openapi_extra=body(RunBody))
    async def plan_with_body(
        request: Request,
        jar_id: str,
        program_args: ProgramArgs = None,
        program_arg: ProgramArg = None,
        entry_class: EntryClass = None,
        parallelism: Parallelism = None,
    ) -> Response:
        """The same, with what is to be considered in the body."""
        return await planned(request, jar_id, RunBody(entry_class, program_args, _listed(program_arg), parallelism))

    return router


def disabled_jar_router() -> APIRouter:
    """Where ``web.submit.enable`` is false."""
    router = APIRouter(prefix="/jars", include_in_schema=False)

    @router.api_route("", methods=["GET"])
    @router.api_route("/{rest:path}", methods=["GET", "POST", "DELETE"])
    def refused(rest: str = "") -> Response:
        raise HTTPException(403, "Scripts cannot be uploaded or run here: 'web.submit.enable' is false.")

    return router


async def _uploaded(request: Request) -> tuple[str, bytes]:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(415, "The body of this request must be multipart/form-data.")
    async with request.form(max_files=1, max_fields=0) as form:
        files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        if not files:
            raise HTTPException(400, "There is no file in the request.")
        return files[0].filename or "", await files[0].read()


async def _body(request: Request) -> RunBody:
    """A request without a body asks for nothing beyond its query."""
    content = await json_content(request) if await request.body() else b""
    return decoded(content, RunBody)


def _merged(given: RunBody, asked: RunBody) -> RunBody:
    chosen = {
        name: getattr(asked, name) if getattr(given, name) is None else getattr(given, name)
        for name in RunBody.__struct_fields__
    }
    return RunBody(**chosen)


def _settings(asked: RunBody) -> RunSettings:
    """400 for what a script cannot be given."""
    if asked.entry_class is not None:
        raise HTTPException(400, "A SQL script has no entry class.")
    for mode in (asked.restore_mode, asked.claim_mode):
        if mode not in (None, "NO_CLAIM"):
            raise HTTPException(400, f"A savepoint stays its user's: the mode {mode} is not supported, only NO_CLAIM.")
    arguments = [*(asked.program_args_list or []), *(asked.program_args or "").split()]
    return RunSettings(
        options={**(asked.flink_configuration or {}), **dict(map(_option, arguments))},
        parallelism=asked.parallelism,
        job_id=asked.job_id,
        savepoint=asked.savepoint_path,
        allow_non_restored_state=bool(asked.allow_non_restored_state),
    )


def _option(argument: str) -> tuple[str, str]:
    found = _OPTION.fullmatch(argument)
    if found is None:
        raise HTTPException(400, f"A SQL script takes no arguments but options, -Dkey=value: '{argument}'.")
    return found[1], found[2]


def _listed(argument: str | None) -> list[str] | None:
    return None if argument is None else argument.split(",")
