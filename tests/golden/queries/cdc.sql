-- Changes read and written with the CDC formats. Flink reads them in streaming mode alone.
CREATE TABLE canal (
  id INT, k STRING, v INT
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.canal.json', 'format' = 'canal-json');

CREATE TABLE maxwell (
  id INT, k STRING, v INT, `at` TIMESTAMP(0)
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.maxwell.json', 'format' = 'maxwell-json');

CREATE TABLE ogg (
  id INT, k STRING, v DECIMAL(10, 2)
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.ogg.json', 'format' = 'ogg-json');

CREATE TABLE with_schema (
  id INT, k STRING, v INT
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.debezium-schema.json', 'format' = 'debezium-json',
  'debezium-json.schema-include' = 'true', 'debezium-json.ignore-parse-errors' = 'true');

-- case: debezium changelog streaming
SELECT * FROM changes;

-- case: debezium_keyed changelog streaming
SELECT * FROM keyed_changes;

-- case: debezium_filtered changelog streaming
SELECT id, v FROM changes WHERE v > 10;

-- case: debezium_filtered_by_key changelog streaming
SELECT id, k FROM keyed_changes WHERE id < 3;

-- case: debezium_grouped changelog streaming
SELECT k, COUNT(*), SUM(v), MAX(v) FROM changes GROUP BY k;

-- case: debezium_projected changelog streaming
SELECT k FROM keyed_changes;

-- case: debezium_counted rows streaming
SELECT COUNT(*), COUNT(v), MIN(ts) FROM keyed_changes;

-- case: debezium_with_schema changelog streaming
SELECT * FROM with_schema;

-- case: debezium_twice rows streaming
SELECT a.id, a.v, b.v FROM changes AS a JOIN keyed_changes AS b ON a.id = b.id;

-- case: debezium_united rows streaming
SELECT id, k FROM changes UNION ALL SELECT id, k FROM maxwell;

-- case: debezium_distinct rows streaming
SELECT DISTINCT k FROM changes;

-- case: canal changelog streaming
SELECT * FROM canal;

-- case: canal_of_a_database changelog streaming
SELECT id, v FROM canal /*+ OPTIONS('canal-json.database.include' = 'sh.*') */;

-- case: canal_of_a_table changelog streaming
SELECT id, k FROM canal /*+ OPTIONS('canal-json.table.include' = 'animals|x') */;

-- case: canal_grouped rows streaming
SELECT k, SUM(v) FROM canal GROUP BY k;

-- case: maxwell changelog streaming
SELECT * FROM maxwell;

-- case: maxwell_grouped rows streaming
SELECT k, COUNT(*), SUM(v) FROM maxwell GROUP BY k;

-- case: ogg changelog streaming
SELECT * FROM ogg;

-- case: ogg_grouped rows streaming
SELECT COUNT(*), SUM(v) FROM ogg;

-- case: debezium_written rows streaming
CREATE TABLE debezium_sink (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'debezium-json');
CREATE TABLE debezium_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO debezium_sink SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM debezium_lines;

-- case: debezium_written_otherwise rows streaming
CREATE TABLE debezium_other (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'debezium-json', 'debezium-json.timestamp-format.standard' = 'ISO-8601', 'debezium-json.encode.decimal-as-plain-number' = 'true', 'debezium-json.encode.ignore-null-fields' = 'true', 'debezium-json.map-null-key.mode' = 'LITERAL', 'debezium-json.map-null-key.literal' = 'none');
CREATE TABLE debezium_other_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO debezium_other SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM debezium_other_lines;

-- case: debezium_written_and_read rows streaming
CREATE TABLE debezium_again (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'debezium-json');
INSERT INTO debezium_again SELECT k, COUNT(*) FROM changes GROUP BY k;
SELECT * FROM debezium_again;

-- case: canal_written rows streaming
CREATE TABLE canal_sink (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'canal-json');
CREATE TABLE canal_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO canal_sink SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM canal_lines;

-- case: canal_written_otherwise rows streaming
CREATE TABLE canal_other (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'canal-json', 'canal-json.timestamp-format.standard' = 'ISO-8601', 'canal-json.encode.decimal-as-plain-number' = 'true', 'canal-json.encode.ignore-null-fields' = 'true', 'canal-json.map-null-key.mode' = 'LITERAL', 'canal-json.map-null-key.literal' = 'none');
CREATE TABLE canal_other_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO canal_other SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM canal_other_lines;

-- case: canal_written_and_read rows streaming
CREATE TABLE canal_again (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'canal-json');
INSERT INTO canal_again SELECT k, COUNT(*) FROM changes GROUP BY k;
SELECT * FROM canal_again;

-- case: maxwell_written rows streaming
CREATE TABLE maxwell_sink (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'maxwell-json');
CREATE TABLE maxwell_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO maxwell_sink SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM maxwell_lines;

-- case: maxwell_written_otherwise rows streaming
CREATE TABLE maxwell_other (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'maxwell-json', 'maxwell-json.timestamp-format.standard' = 'ISO-8601', 'maxwell-json.encode.decimal-as-plain-number' = 'true', 'maxwell-json.encode.ignore-null-fields' = 'true', 'maxwell-json.map-null-key.mode' = 'LITERAL', 'maxwell-json.map-null-key.literal' = 'none');
CREATE TABLE maxwell_other_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO maxwell_other SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
INSERT INTO maxwell_other SELECT id, k, 0 * v, ts FROM changes WHERE id = 6;
SELECT * FROM maxwell_other_lines;

-- case: maxwell_written_and_read rows streaming
CREATE TABLE maxwell_again (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'maxwell-json');
INSERT INTO maxwell_again SELECT k, COUNT(*) FROM changes GROUP BY k;
SELECT * FROM maxwell_again;

-- case: ogg_written rows streaming
CREATE TABLE ogg_sink (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'ogg-json');
CREATE TABLE ogg_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO ogg_sink SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM ogg_lines;

-- case: ogg_written_otherwise rows streaming
CREATE TABLE ogg_other (id INT, k STRING, v DECIMAL(20, 10), ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'ogg-json', 'ogg-json.timestamp-format.standard' = 'ISO-8601', 'ogg-json.encode.decimal-as-plain-number' = 'true', 'ogg-json.encode.ignore-null-fields' = 'true', 'ogg-json.map-null-key.mode' = 'LITERAL', 'ogg-json.map-null-key.literal' = 'none');
CREATE TABLE ogg_other_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO ogg_other SELECT id, k, v * 0.0000000001, ts FROM changes WHERE id <> 5;
SELECT * FROM ogg_other_lines;

-- case: ogg_written_and_read rows streaming
CREATE TABLE ogg_again (k STRING, n BIGINT) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'ogg-json');
INSERT INTO ogg_again SELECT k, COUNT(*) FROM changes GROUP BY k;
SELECT * FROM ogg_again;
