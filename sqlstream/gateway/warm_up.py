"""What a gateway's process does before its first client comes."""

from __future__ import annotations

import gc

from sqlstream.session.session import Session

_QUERY = "SELECT k, COUNT(*) FROM (VALUES (1), (2)) AS t(k) GROUP BY k"


def warm_up() -> None:
    """Load what statements need, by running one, and take it out of the garbage collector's sight: a full collection
    would look at all of it each time, and hold every statement up for a quarter of a second."""
    with Session() as session:
        session.sql(_QUERY).fetchall()
    gc.collect()
    gc.freeze()
