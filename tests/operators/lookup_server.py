"""A table behind a real HTTP server on this machine, and the connector that asks it."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pyarrow as pa

from sqlstream.config.option import BOOLEAN, STRING, ConfigOption
from sqlstream.errors import ConnectorError
from sqlstream.spi.connector import ConnectorFactory, TableContext
from sqlstream.spi.lookup import (
    CACHE,
    MAX_RETRIES,
    PARTIAL_CACHE_OPTIONS,
    CachePolicy,
    LookupCache,
    LookupReader,
    LookupRows,
    LookupSource,
    cache_policy,
)

URL = ConfigOption("url", STRING, None, "Where the server is.", required=True)
ASYNC = ConfigOption("lookup.async", BOOLEAN, False, "Whether questions are asked while others wait.")


@dataclass
class LookupServer:
    """``rows`` by key, as the columns after it. ``asked`` are the keys of each question. ``gates``: answers to a
    question with that key wait until it is set. The next ``failures`` questions fail."""

    rows: dict[Any, list[list[Any]]] = field(default_factory=dict)
    asked: list[list[Any]] = field(default_factory=list)
    gates: dict[Any, threading.Event] = field(default_factory=dict)
    failures: int = 0

    def __enter__(self) -> LookupServer:
        table = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                keys = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                table.asked.append(keys)
                for key in keys:
                    if key in table.gates:
                        table.gates[key].wait(30)
                if table.failures:
                    table.failures -= 1
                    self.send_error(503)
                    return
                answer = json.dumps([[i, key, *row] for i, key in enumerate(keys) for row in table.rows.get(key, [])])
                self.send_response(200)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for gate in self.gates.values():
            gate.set()
        self._server.shutdown()
        self._server.server_close()


class HttpReader(LookupReader):
    def __init__(self, url: str, schema: pa.Schema) -> None:
        self._url, self._schema = url, schema
        self._pool = ThreadPoolExecutor(4)

    def lookup(self, keys: pa.RecordBatch) -> LookupRows:
        body = json.dumps(keys.column(0).to_pylist()).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self._url, body), timeout=30) as response:
                rows = json.loads(response.read())
        except OSError as error:
            raise ConnectorError(f"{self._url} does not answer: {error}.") from error
        columns = [pa.array([row[i + 1] for row in rows], f.type) for i, f in enumerate(self._schema)]
        data = pa.RecordBatch.from_arrays(columns, schema=self._schema)
        return LookupRows(data, np.array([row[0] for row in rows], np.int64))

    def submit(self, keys: pa.RecordBatch) -> Future[LookupRows]:
        return self._pool.submit(self.lookup, keys)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class HttpLookup(LookupSource):
    url: str
    schema: pa.Schema
    policy: CachePolicy
    is_asynchronous: bool

    @property
    def cache(self) -> CachePolicy:
        return self.policy

    @property
    def asynchronous(self) -> bool:
        return self.is_asynchronous

    def reader(self) -> LookupReader:
        return HttpReader(self.url, self.schema)


class HttpConnector(ConnectorFactory):
    identifier = "http"

    @property
    def options(self) -> Sequence[ConfigOption[Any]]:
        return (URL, ASYNC, CACHE, MAX_RETRIES, *PARTIAL_CACHE_OPTIONS)

    def lookup(self, context: TableContext, keys: Sequence[str]) -> LookupSource:
        policy = cache_policy(context.options, (LookupCache.NONE, LookupCache.PARTIAL), self.identifier)
        options = context.options
        return HttpLookup(options.option(URL), context.schema.to_arrow(), policy, options.option(ASYNC))
