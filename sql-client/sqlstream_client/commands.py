"""What one may type beside SQL: QUIT, EXIT, CLEAR, HELP, SOURCE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class ClientCommand(Enum):
    """A command of the client itself; the values are what is typed, in any case."""

    QUIT = "QUIT"
    EXIT = "EXIT"
    CLEAR = "CLEAR"
    HELP = "HELP"


@dataclass(frozen=True)
class SourceCommand:
    """SOURCE 'file': run a script, whose path or URI that is."""

    file: str


HELP = """\
The following commands are available:

QUIT, EXIT       leave the client (Ctrl-D too)
CLEAR            clear the screen
HELP             this text
SOURCE '<file>'  run the statements of a file, a path or URI
SET, RESET       list, set or reset options:       SET 'execution.runtime-mode' = 'batch';
CREATE, ALTER, DROP, SHOW, DESCRIBE, USE           objects and where you stand among them
SELECT, WITH, VALUES                               run a query and show its result
INSERT INTO ... SELECT                             start a job that writes a table
EXPLAIN                                            how a query would run, and what state it keeps
EXECUTE STATEMENT SET BEGIN ...; END;              several INSERTs as one job
SHOW JOBS, DESCRIBE JOB '<id>'                     the jobs you started
STOP JOB '<id>' [WITH SAVEPOINT [WITH DRAIN]]      end one of them

Every statement ends with a semicolon. Ctrl-C cancels the running statement; Tab completes; Ctrl-R searches what was
typed before."""

_SOURCE = re.compile(r"SOURCE\s+(?:'(?P<quoted>(?:[^']|'')+)'|(?P<bare>[^\s';]+))", re.IGNORECASE)


def client_command(text: str) -> ClientCommand | SourceCommand | None:
    """The client command ``text`` is, with or without a semicolon, or None if it is SQL."""
    bare = text.strip().rstrip(";").strip()
    if bare.upper() in ClientCommand._value2member_map_:
        return ClientCommand(bare.upper())
    if source := _SOURCE.fullmatch(bare):
        return SourceCommand(source["bare"] or source["quoted"].replace("''", "'"))
    return None
