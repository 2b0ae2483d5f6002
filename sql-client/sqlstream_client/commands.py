"""What one may type beside SQL: QUIT, EXIT, CLEAR, HELP."""

from __future__ import annotations

from enum import Enum


class ClientCommand(Enum):
    """A command of the client itself; the values are what is typed, in any case."""

    QUIT = "QUIT"
    EXIT = "EXIT"
    CLEAR = "CLEAR"
    HELP = "HELP"


HELP = """\
The following commands are available:

QUIT, EXIT       leave the client (Ctrl-D too)
CLEAR            clear the screen
HELP             this text
SET, RESET       list, set or reset options:       SET 'execution.runtime-mode' = 'batch';
CREATE, ALTER, DROP, SHOW, DESCRIBE, USE           objects and where you stand among them
SELECT, WITH, VALUES                               run a query and print its result
INSERT INTO ... SELECT                             start a job that writes a table
EXPLAIN                                            how a query would run, and what state it keeps
EXECUTE STATEMENT SET BEGIN ...; END;              several INSERTs as one job
SHOW JOBS, STOP JOB '<id>'                         the jobs you started

Every statement ends with a semicolon. Ctrl-C cancels the running statement; Tab completes."""


def client_command(text: str) -> ClientCommand | None:
    """The client command ``text`` is, with or without a semicolon, or None if it is SQL."""
    word = text.strip().rstrip(";").strip().upper()
    return ClientCommand(word) if word in ClientCommand._value2member_map_ else None
