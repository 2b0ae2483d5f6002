-- What reaches the files of a sink. Files take any changes, so these are never materialised, not even by force.
-- case: forced_on_any_changes rows streaming
-- set: table.exec.source.cdc-events-duplicate = true
-- set: table.exec.sink.upsert-materialize = FORCE
CREATE TABLE by_word (k STRING, id INT, v INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'maxwell-json');
INSERT INTO by_word SELECT k, id, v FROM keyed_changes WHERE k <> '';
SELECT * FROM by_word;

-- case: forced_and_normalized rows streaming
-- set: table.exec.source.cdc-events-duplicate = true
-- set: table.exec.sink.upsert-materialize = FORCE
CREATE TABLE by_item (n BIGINT, item STRING, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'ogg-json');
INSERT INTO by_item SELECT n, item FROM latest;
SELECT * FROM by_item;

-- case: not_materialized rows streaming
-- set: table.exec.sink.upsert-materialize = NONE
CREATE TABLE as_it_is (n BIGINT, item STRING, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'ogg-json');
INSERT INTO as_it_is SELECT n, item FROM latest;
SELECT * FROM as_it_is;

-- case: keyed_shuffle rows streaming
-- set: table.exec.sink.keyed-shuffle = FORCE
CREATE TABLE shuffled (item STRING, n BIGINT, PRIMARY KEY (item) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'canal-json');
INSERT INTO shuffled SELECT item, n FROM latest WHERE item IS NOT NULL;
SELECT * FROM shuffled;

-- case: nulls_dropped rows
-- set: table.exec.sink.not-null-enforcer = DROP
CREATE TABLE no_nulls (id INT, item STRING NOT NULL) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'csv');
INSERT INTO no_nulls SELECT id, NULLIF(item, 'fig') FROM bids;
SELECT * FROM no_nulls;

-- case: null_keys_dropped rows streaming
-- set: table.exec.sink.not-null-enforcer = DROP
CREATE TABLE null_keys (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'debezium-json');
INSERT INTO null_keys SELECT k, COUNT(*) FROM changes GROUP BY k;
SELECT * FROM null_keys;

-- case: lengths_ignored rows
CREATE TABLE as_long (id INT, a VARCHAR(2), b STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'json');
INSERT INTO as_long SELECT id, item, item FROM bids;
SELECT * FROM as_long;

-- case: lengths_trimmed rows
-- set: table.exec.sink.type-length-enforcer = TRIM_PAD
CREATE TABLE trimmed (id INT, a VARCHAR(2), b VARCHAR(100)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'json');
CREATE TABLE trimmed_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO trimmed SELECT id, item, item FROM bids;
SELECT * FROM trimmed_lines;

-- case: chars_padded rows
-- set: table.exec.sink.type-length-enforcer = TRIM_PAD
CREATE TABLE padded (a CHAR(3), b VARCHAR(1)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'json');
CREATE TABLE padded_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO padded VALUES ('a', 'xyz');
SELECT * FROM padded_lines;

-- case: chars_ignored rows
CREATE TABLE chars (a CHAR(3), b VARCHAR(1)) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'json');
CREATE TABLE chars_lines (line STRING) WITH ('connector' = 'filesystem', 'path' = '${temp}', 'format' = 'raw');
INSERT INTO chars VALUES ('a', 'xyz');
SELECT * FROM chars_lines;
