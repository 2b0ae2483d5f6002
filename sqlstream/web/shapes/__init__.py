"""The JSON shapes of Flink's REST API: what answers carry, checked by mypy and shown in the OpenAPI document."""
