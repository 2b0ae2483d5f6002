CREATE TABLE clicks (
  id INT, who STRING, page STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE nothing (
  id INT, who STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '${data}/empty.csv', 'format' = 'csv');

CREATE TABLE instants (
  id INT, who STRING, page STRING, amount INT, moment TIMESTAMP_LTZ(3), WATERMARK FOR moment AS moment - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks_at.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW dear AS SELECT * FROM clicks WHERE amount > 4;

-- case: session rows streaming
SELECT window_start, window_end, who, COUNT(*), SUM(amount), MIN(page) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, who;

-- case: session_no_key rows streaming
SELECT window_start, window_end, COUNT(*), AVG(amount), MAX(who) FROM TABLE(SESSION(TABLE clicks, DESCRIPTOR(ts), INTERVAL '3' SECOND)) GROUP BY window_start, window_end;

-- case: session_named rows streaming
SELECT window_start, who, COUNT(amount) FROM TABLE(SESSION(DATA => TABLE clicks PARTITION BY who, TIMECOL => DESCRIPTOR(ts), GAP => INTERVAL '4' SECONDS)) GROUP BY window_start, window_end, who;

-- case: session_two_keys rows streaming
SELECT who, page, window_end, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY (who, page), DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY who, page, window_start, window_end;

-- case: session_touching rows streaming
SELECT who, window_start, window_end, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5.001' SECOND)) GROUP BY who, window_start, window_end;

-- case: session_millisecond rows streaming
SELECT who, window_start, window_end, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '0.001' SECOND)) GROUP BY who, window_start, window_end;

-- case: session_long_gap rows streaming
SELECT who, window_start, window_end, COUNT(*), SUM(amount) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '1' DAY)) GROUP BY who, window_start, window_end;

-- case: session_distinct_filter rows streaming
SELECT window_start, COUNT(DISTINCT who), COUNT(*) FILTER (WHERE amount > 5), SUM(DISTINCT amount) FROM TABLE(SESSION(TABLE clicks, DESCRIPTOR(ts), INTERVAL '3' SECOND)) GROUP BY window_start, window_end;

-- case: session_window_time rows streaming
SELECT window_start, window_end, window_time, who, MAX(amount) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time, who;

-- case: session_having rows streaming
SELECT who, window_start FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, who HAVING COUNT(*) > 1;

-- case: session_filter_key rows streaming
SELECT who, window_start, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) WHERE who <> 'ann' GROUP BY window_start, window_end, who;

-- case: session_filter_below rows streaming
SELECT who, window_start, COUNT(*) FROM TABLE(SESSION(TABLE dear PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, who;

-- case: session_filter_above rows streaming
-- differs: Flink moves the condition below SESSION when it aggregates, which makes other sessions than the window function alone gives
SELECT who, window_start, window_end, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) WHERE amount > 4 GROUP BY window_start, window_end, who;

-- case: session_rows rows streaming
SELECT * FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND));

-- case: session_rows_no_key rows streaming
SELECT id, window_start, window_end, window_time FROM TABLE(SESSION(TABLE clicks, DESCRIPTOR(ts), INTERVAL '2' SECOND));

-- case: session_rows_filter rows streaming
SELECT id, window_start, window_end FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) WHERE amount > 4 AND who IS NOT NULL;

-- case: session_other_grouping rows streaming
SELECT window_start, window_end, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end;

-- case: session_start_alone rows streaming
SELECT window_start, who, COUNT(*) FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, who;

-- case: session_of_instants rows streaming
SELECT window_start, window_end, who, COUNT(*) FROM TABLE(SESSION(TABLE instants PARTITION BY who, DESCRIPTOR(moment), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, who;

-- case: session_of_instants_rows rows streaming
-- set: table.local-time-zone = Asia/Kolkata
SELECT window_start, window_end, id FROM TABLE(SESSION(TABLE instants PARTITION BY who, DESCRIPTOR(moment), INTERVAL '5' SECOND));

-- case: session_empty rows streaming
SELECT window_start, who, COUNT(*) FROM TABLE(SESSION(TABLE nothing PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, who;

-- case: session_before_1970 rows streaming
SELECT window_start, window_end, k, COUNT(*), SUM(amount) FROM TABLE(SESSION(TABLE earlier PARTITION BY k, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;

-- case: session_of_changes rows streaming
SELECT window_start, window_end, COUNT(*), MAX(v), SUM(v), MIN(k) FROM TABLE(SESSION(TABLE changes, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY window_start, window_end;

-- case: session_of_keyed_changes rows streaming
SELECT k, window_start, window_end, COUNT(*), MIN(v) FROM TABLE(SESSION(TABLE keyed_changes PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, k;

-- case: session_rows_of_changes rows streaming
SELECT id, k, v, window_start, window_end FROM TABLE(SESSION(TABLE changes PARTITION BY k, DESCRIPTOR(ts), INTERVAL '5' SECOND));

-- case: session_then_tumble rows streaming
WITH s AS (SELECT window_time AS rt, who, COUNT(*) AS n FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time, who) SELECT window_start, COUNT(*), SUM(n) FROM TABLE(TUMBLE(TABLE s, DESCRIPTOR(rt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: session_then_session rows streaming
WITH s AS (SELECT window_time AS rt, who, COUNT(*) AS n FROM TABLE(SESSION(TABLE clicks PARTITION BY who, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time, who) SELECT window_start, window_end, COUNT(*), SUM(n) FROM TABLE(SESSION(TABLE s, DESCRIPTOR(rt), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;
