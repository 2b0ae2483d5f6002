CREATE TABLE clicks (
  id INT, who STRING, page STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE eager (
  id INT, who STRING, page STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks.csv', 'format' = 'csv', 'csv.null-literal' = '');

-- case: early_tumble rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), who, COUNT(*), SUM(amount) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: early_tumble_no_key rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT TUMBLE_END(ts, INTERVAL '10' SECOND), COUNT(*), MIN(page), MAX(amount) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '10' SECOND);

-- case: early_hop rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT HOP_START(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND), who, COUNT(*) FROM clicks GROUP BY who, HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND);

-- case: early_delayed rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 1 h
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), who, COUNT(*) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: early_distinct rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT TUMBLE_START(ts, INTERVAL '20' SECOND), COUNT(DISTINCT who), AVG(amount) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '20' SECOND);

-- case: early_no_aggregates rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT who, TUMBLE_START(ts, INTERVAL '10' SECOND) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: early_having rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT who, TUMBLE_START(ts, INTERVAL '10' SECOND), COUNT(*) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND) HAVING COUNT(*) < 2;

-- case: early_then_group rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT n, COUNT(*) FROM (SELECT who, COUNT(*) AS n FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND)) GROUP BY n;

-- case: early_of_changes rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), COUNT(*), MAX(v), SUM(v) FROM changes GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE);

-- case: early_of_keyed_changes rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT k, TUMBLE_START(ts, INTERVAL '2' MINUTE), COUNT(*), MIN(v) FROM changes GROUP BY k, TUMBLE(ts, INTERVAL '2' MINUTE);

-- case: late_tumble rows streaming
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 1 min
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), who, COUNT(*), SUM(amount) FROM eager GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: late_tumble_too_late rows streaming
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 3 s
SELECT TUMBLE_START(ts, INTERVAL '2' SECOND), COUNT(*), MAX(page) FROM eager GROUP BY TUMBLE(ts, INTERVAL '2' SECOND);

-- case: late_hop rows streaming
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 5 s
SELECT HOP_START(ts, INTERVAL '3' SECOND, INTERVAL '6' SECOND), who, COUNT(*) FROM eager GROUP BY who, HOP(ts, INTERVAL '3' SECOND, INTERVAL '6' SECOND);

-- case: late_of_changes rows streaming
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 5 min
SELECT TUMBLE_START(ts, INTERVAL '20' SECOND), COUNT(*), MAX(v), SUM(v) FROM changes GROUP BY TUMBLE(ts, INTERVAL '20' SECOND);

-- case: late_of_keyed_changes rows streaming
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 5 min
SELECT k, TUMBLE_START(ts, INTERVAL '20' SECOND), COUNT(*), MIN(v) FROM changes GROUP BY k, TUMBLE(ts, INTERVAL '20' SECOND);

-- case: early_and_late rows streaming
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
-- set: table.exec.emit.late-fire.enabled = true
-- set: table.exec.emit.late-fire.delay = 0 s
-- set: table.exec.emit.allow-lateness = 1 min
SELECT TUMBLE_START(ts, INTERVAL '5' SECOND), who, COUNT(*), SUM(amount) FROM eager GROUP BY who, TUMBLE(ts, INTERVAL '5' SECOND);

-- case: early_in_batch rows batch
-- set: table.exec.emit.early-fire.enabled = true
-- set: table.exec.emit.early-fire.delay = 0 s
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), who, COUNT(*) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);
