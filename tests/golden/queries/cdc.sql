-- Changes read with the CDC formats. Flink reads them in streaming mode alone.
-- case: debezium changelog streaming
SELECT * FROM changes;

-- case: debezium_keyed changelog streaming
SELECT * FROM keyed_changes;

-- case: debezium_filtered changelog streaming
SELECT id, v FROM changes WHERE v > 10;

-- case: debezium_grouped changelog streaming
SELECT k, COUNT(*), SUM(v), MAX(v) FROM changes GROUP BY k;

-- case: debezium_projected changelog streaming
SELECT k FROM keyed_changes;
