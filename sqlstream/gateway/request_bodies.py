"""What requests carry, as JSON. Unknown fields are passed over, as Flink's gateway does."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _encodable(text: str) -> str:
    """JSON can escape halves of characters, which are no text."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("not Unicode text, it has half a character") from None
    return text


Text = Annotated[str, AfterValidator(_encodable)]
OptionValue = Annotated[Text, BeforeValidator(_as_text)]
Options = Annotated[dict[Text, OptionValue] | None, Field(description="Options by key; numbers and booleans are text.")]
Timeout = Annotated[
    int | None, Field(description="Milliseconds that the statement may take; 0 and less are for ever.", lt=2**63)
]


class OpenSession(BaseModel):
    sessionName: Text | None = None  # noqa: N815
    properties: Options = None


class ConfigureSession(BaseModel):
    statement: Text
    executionTimeout: Timeout = None  # noqa: N815


class ExecuteStatement(BaseModel):
    statement: Text
    executionTimeout: Timeout = None  # noqa: N815
    executionConfig: Options = None  # noqa: N815


class CompleteStatement(BaseModel):
    statement: Text
    position: Annotated[int, Field(description="Where the cursor is, in characters.", ge=0)]


class RefreshMaterializedTable(BaseModel):
    isPeriodic: bool  # noqa: N815
    scheduleTime: Text | None = None  # noqa: N815
    dynamicOptions: Options = None  # noqa: N815
    staticPartitions: Options = None  # noqa: N815
    executionConfig: Options = None  # noqa: N815


class DeployScript(BaseModel):
    script: Text | None = None
    scriptUri: Text | None = None  # noqa: N815
    executionConfig: Options = None  # noqa: N815
