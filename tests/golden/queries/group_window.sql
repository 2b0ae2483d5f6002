CREATE TABLE clicks (
  id INT, who STRING, page STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE instants (
  id INT, who STRING, page STRING, amount INT, moment TIMESTAMP_LTZ(3), WATERMARK FOR moment AS moment - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/clicks_at.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE nothing (
  id INT, who STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '${data}/empty.csv', 'format' = 'csv');

-- case: tumble rows
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), TUMBLE_END(ts, INTERVAL '10' SECOND), who, COUNT(*), SUM(amount) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_no_key rows
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), COUNT(*), AVG(amount), MAX(page) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_rowtime rows
SELECT TUMBLE_ROWTIME(ts, INTERVAL '1' MINUTE), who, MIN(amount) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE), who;

-- case: tumble_no_bounds rows
SELECT who, COUNT(amount) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '10' SECOND), who;

-- case: tumble_expression_key rows
SELECT UPPER(who), TUMBLE_END(ts, INTERVAL '10' SECOND), COUNT(*) FROM clicks GROUP BY UPPER(who), TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_where rows
SELECT who, TUMBLE_START(ts, INTERVAL '10' SECOND), COUNT(*) FROM clicks WHERE amount > 4 GROUP BY TUMBLE(ts, INTERVAL '10' SECOND), who;

-- case: tumble_having rows
SELECT who, COUNT(*) FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND) HAVING COUNT(*) > 1 AND TUMBLE_START(ts, INTERVAL '10' SECOND) < TIMESTAMP '2024-03-01 10:00:20';

-- case: tumble_arithmetic rows
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND) + INTERVAL '1' SECOND, CAST(TUMBLE_END(ts, INTERVAL '10' SECOND) AS DATE), COUNT(*) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_distinct_filter rows streaming
SELECT TUMBLE_START(ts, INTERVAL '20' SECOND), COUNT(DISTINCT who), COUNT(*) FILTER (WHERE amount > 5) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '20' SECOND);

-- case: tumble_all rows
SELECT DISTINCT who FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_before_1970 rows
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), k, COUNT(*), SUM(amount) FROM earlier GROUP BY k, TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_of_instants rows streaming
SELECT TUMBLE_START(moment, INTERVAL '1' DAY), TUMBLE_END(moment, INTERVAL '1' DAY), COUNT(*) FROM instants GROUP BY TUMBLE(moment, INTERVAL '1' DAY);

-- case: tumble_of_instants_in_a_zone rows streaming
-- set: table.local-time-zone = Asia/Kolkata
SELECT TUMBLE_START(moment, INTERVAL '1' HOUR), COUNT(*) FROM instants GROUP BY TUMBLE(moment, INTERVAL '1' HOUR);

-- case: tumble_empty rows
SELECT TUMBLE_START(ts, INTERVAL '10' SECOND), COUNT(*) FROM nothing GROUP BY TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_proctime_of_event_time rows streaming
SELECT TUMBLE_PROCTIME(ts, INTERVAL '10' SECOND) IS NULL, COUNT(*) FROM clicks GROUP BY TUMBLE(ts, INTERVAL '10' SECOND);

-- case: tumble_then_join rows
SELECT w.s, w.item, w.total, n.color FROM (SELECT TUMBLE_START(ts, INTERVAL '10' SECOND) AS s, item, SUM(price) AS total FROM bids GROUP BY item, TUMBLE(ts, INTERVAL '10' SECOND)) AS w JOIN names AS n ON w.item = n.item;

-- case: hop rows
SELECT HOP_START(ts, INTERVAL '5' SECOND, INTERVAL '15' SECOND), HOP_END(ts, INTERVAL '5' SECOND, INTERVAL '15' SECOND), who, COUNT(*), SUM(amount) FROM clicks GROUP BY who, HOP(ts, INTERVAL '5' SECOND, INTERVAL '15' SECOND);

-- case: hop_uneven rows
SELECT HOP_START(ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND), HOP_ROWTIME(ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND), COUNT(*) FROM clicks GROUP BY HOP(ts, INTERVAL '4' SECOND, INTERVAL '10' SECOND);

-- case: hop_with_holes rows streaming
SELECT HOP_START(ts, INTERVAL '10' SECOND, INTERVAL '4' SECOND), who, COUNT(*) FROM clicks GROUP BY who, HOP(ts, INTERVAL '10' SECOND, INTERVAL '4' SECOND);

-- case: hop_before_1970 rows streaming
SELECT HOP_START(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND), COUNT(*), MIN(k) FROM earlier GROUP BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND);

-- case: session rows streaming
SELECT SESSION_START(ts, INTERVAL '5' SECOND), SESSION_END(ts, INTERVAL '5' SECOND), SESSION_ROWTIME(ts, INTERVAL '5' SECOND), who, COUNT(*), SUM(amount) FROM clicks GROUP BY who, SESSION(ts, INTERVAL '5' SECOND);

-- case: session_no_key rows streaming
SELECT SESSION_START(ts, INTERVAL '3' SECOND), COUNT(*), MAX(who) FROM clicks GROUP BY SESSION(ts, INTERVAL '3' SECOND);

-- case: session_having rows streaming
SELECT who, COUNT(*) FROM clicks GROUP BY SESSION(ts, INTERVAL '5' SECOND), who HAVING SESSION_END(ts, INTERVAL '5' SECOND) > TIMESTAMP '2024-03-01 10:00:12' AND who <> 'bob';

-- case: session_distinct rows streaming
SELECT SESSION_END(ts, INTERVAL '3' SECOND), COUNT(DISTINCT who), SUM(DISTINCT amount) FROM clicks GROUP BY SESSION(ts, INTERVAL '3' SECOND);

-- case: session_of_instants rows streaming
SELECT SESSION_START(moment, INTERVAL '5' SECOND), who, COUNT(*) FROM instants GROUP BY who, SESSION(moment, INTERVAL '5' SECOND);

-- case: cascade_tumble rows streaming
SELECT TUMBLE_START(rt, INTERVAL '20' SECOND), SUM(n), COUNT(*) FROM (SELECT TUMBLE_ROWTIME(ts, INTERVAL '5' SECOND) AS rt, who, COUNT(*) AS n FROM clicks GROUP BY who, TUMBLE(ts, INTERVAL '5' SECOND)) GROUP BY TUMBLE(rt, INTERVAL '20' SECOND);

-- case: cascade_hop_to_tumble rows streaming
SELECT TUMBLE_END(rt, INTERVAL '20' SECOND), MAX(n) FROM (SELECT HOP_ROWTIME(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND) AS rt, COUNT(*) AS n FROM clicks GROUP BY HOP(ts, INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY TUMBLE(rt, INTERVAL '20' SECOND);

-- case: cascade_session_to_tumble rows streaming
SELECT TUMBLE_START(rt, INTERVAL '1' MINUTE), COUNT(*), SUM(n) FROM (SELECT SESSION_ROWTIME(ts, INTERVAL '5' SECOND) AS rt, COUNT(*) AS n FROM clicks GROUP BY who, SESSION(ts, INTERVAL '5' SECOND)) GROUP BY TUMBLE(rt, INTERVAL '1' MINUTE);

-- case: cascade_to_table_function rows streaming
WITH w AS (SELECT TUMBLE_ROWTIME(ts, INTERVAL '5' SECOND) AS rt, COUNT(*) AS n FROM clicks GROUP BY TUMBLE(ts, INTERVAL '5' SECOND)) SELECT window_start, SUM(n) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_of_changes rows streaming
SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), COUNT(*), MAX(v), SUM(v) FROM changes GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE);

-- case: tumble_of_keyed_changes rows streaming
SELECT k, TUMBLE_START(ts, INTERVAL '1' MINUTE), COUNT(*), MIN(v), COUNT(DISTINCT v) FROM changes GROUP BY k, TUMBLE(ts, INTERVAL '1' MINUTE);

-- case: hop_of_changes rows streaming
SELECT HOP_START(ts, INTERVAL '30' SECOND, INTERVAL '1' MINUTE), COUNT(*), MAX(v), MIN(k) FROM changes GROUP BY HOP(ts, INTERVAL '30' SECOND, INTERVAL '1' MINUTE);

-- case: session_of_changes rows streaming
SELECT SESSION_START(ts, INTERVAL '10' SECOND), SESSION_END(ts, INTERVAL '10' SECOND), COUNT(*), MAX(v), SUM(v) FROM changes GROUP BY SESSION(ts, INTERVAL '10' SECOND);
