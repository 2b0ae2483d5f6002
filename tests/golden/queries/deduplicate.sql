CREATE TABLE trades (
  id INT, k STRING, x INT, ts TIMESTAMP(3), name STRING, p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/trades.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW firsts AS SELECT id, x, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, name ORDER BY ts) AS rn FROM trades) WHERE rn = 1;

-- case: last_by_event_time rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: last_by_event_time_batch rows batch
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1 AND k IN ('a', 'b');

-- The watermark decides which of the rows that come late still count; Flink's file source emits it every 200 ms, after the end of the file.
-- case: first_by_event_time rows
SELECT id, k, x, ts FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM trades) WHERE rn = 1;

-- case: first_by_event_time_below_bound rows
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM trades) WHERE rn <= 1;

-- case: last_by_event_time_with_rank rows streaming
SELECT id, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: first_to_come rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p) AS rn FROM trades) WHERE rn = 1;

-- case: last_to_come rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p DESC) AS rn FROM trades) WHERE rn = 1;

-- case: two_keys rows streaming
SELECT id, k, name, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, name ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: two_keys_first rows
SELECT id, item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item, price ORDER BY ts) AS rn FROM bids) WHERE rn = 1;

-- case: no_key_last rows streaming
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: no_key_first rows
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY ts) AS rn FROM trades) WHERE rn = 1;

-- case: by_number rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: by_expression rows streaming
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(id, 4) ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: condition_below rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades WHERE x > 7) WHERE rn = 1;

-- case: condition_above rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1 AND x > 5;

-- case: no_rows rows
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades WHERE id > 1000) WHERE rn = 1;

-- case: before_1970 rows
SELECT id, k, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM earlier) WHERE rn = 1;

-- case: first_before_1970 rows
SELECT id, k, amount FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM earlier) WHERE rn = 1;

-- case: aggregated rows streaming
SELECT x, COUNT(*), MAX(id) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1 GROUP BY x;

-- case: first_aggregated rows
SELECT COUNT(*), SUM(x) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM trades) WHERE rn = 1;

-- case: joined rows
SELECT d.item, d.price, n.color FROM (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY ts DESC) AS rn FROM bids) WHERE rn = 1) AS d JOIN names AS n ON d.item = n.item;

-- case: twice rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY x ORDER BY id) AS r2 FROM (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1)) WHERE r2 = 1 AND id > 0;

-- case: then_windowed rows
SELECT window_start, COUNT(*), SUM(x) FROM TABLE(TUMBLE(TABLE firsts, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;

-- case: mini_batch_last rows streaming
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 1000
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn = 1;

-- case: mini_batch_first_to_come rows streaming
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 1000
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p) AS rn FROM trades) WHERE rn = 1;

-- case: mini_batch_last_to_come rows streaming
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 1000
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p DESC) AS rn FROM trades) WHERE rn = 1;

-- With mini-batches the first row does not wait for the watermark, but is taken back when an earlier one comes.
-- case: mini_batch_first rows streaming
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 1000
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM trades) WHERE rn = 1;
