"""Statements executed at a SQL gateway in this process, which ends with its one session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlstream.dbapi.gateway_client import GatewayClient
from sqlstream.deploy.target import JobClient
from sqlstream_client.embedded_gateway import EmbeddedGateway
from sqlstream_client.gateway_executor import GatewayExecutor

_URL = "http://embedded"
"""No host: requests do not leave the process."""


class EmbeddedExecutor(GatewayExecutor):
    """Its session has ``options``, and its jobs are at hand."""

    def __init__(self, options: Mapping[str, str], session_name: str | None = None) -> None:
        self._gateway = EmbeddedGateway(options)
        self._jobs: list[JobClient] = []
        try:
            super().__init__(GatewayClient(_URL, None, transport=self._gateway.transport), {}, session_name)
        except BaseException:
            self._gateway.close()
            raise

    @property
    def jobs(self) -> Sequence[JobClient]:
        return self._jobs

    @property
    def ends_jobs_on_close(self) -> bool:
        return self._gateway.ends_jobs_on_close(self.session)

    def close(self) -> None:
        super().close()
        self._gateway.close()

    def _job(self, job_id: str) -> JobClient | None:
        job = self._gateway.job(self.session, job_id)
        self._jobs.append(job)
        return job
