"""The SQL gateway: Flink's SQL Gateway REST API over sessions of the engine."""
