CREATE TABLE readings (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE calm (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW arrivals AS SELECT *, PROCTIME() AS pt FROM readings;

CREATE VIEW in_time AS SELECT id, ts FROM calm ORDER BY ts, id;

-- case: time ordered streaming
SELECT id, ts FROM calm ORDER BY ts;

-- case: time_late ordered streaming
SELECT id, ts FROM readings ORDER BY ts;

-- case: time_then_number ordered streaming
SELECT id, ts, v FROM readings ORDER BY ts, v DESC;

-- case: time_then_unique ordered
SELECT id, ts FROM calm ORDER BY ts, id DESC;

-- case: time_then_nulls_last ordered
SELECT id, v FROM calm ORDER BY ts, v NULLS LAST, id;

-- case: time_then_text ordered
SELECT id, k, ts FROM calm ORDER BY ts ASC, k DESC, id;

-- case: time_alias ordered
SELECT id, ts AS t FROM calm ORDER BY t, id;

-- case: time_number ordered
SELECT ts, id FROM calm ORDER BY 1, 2;

-- case: time_hidden ordered
SELECT k, v FROM calm ORDER BY ts, id;

-- case: filtered ordered
SELECT id FROM calm WHERE v > 5 ORDER BY ts, id;

-- case: empty ordered
SELECT id FROM calm WHERE id < 0 ORDER BY ts;

-- case: before_1970 ordered
SELECT id, ts FROM earlier ORDER BY ts;

-- case: united ordered
SELECT id, ts FROM calm UNION ALL SELECT id + 100, ts FROM calm ORDER BY ts, id;

-- case: over_window ordered
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY ts) AS s FROM calm ORDER BY ts, id;

-- case: window_time ordered
SELECT window_end, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE calm, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, window_time, k ORDER BY window_time, k;

-- case: of_a_view ordered
SELECT id FROM in_time;

-- case: processing_time ordered streaming
SELECT id FROM arrivals ORDER BY pt;

-- ORDER BY says nothing in a sub-query.
-- case: in_a_sub_query rows
SELECT COUNT(*) AS n FROM (SELECT id FROM calm ORDER BY v);

-- case: in_a_filtered_sub_query rows
SELECT id FROM (SELECT id, v FROM calm ORDER BY v DESC) WHERE id > 3;

-- case: in_a_with_query rows
WITH t AS (SELECT id, v FROM calm ORDER BY v) SELECT MAX(id) AS high FROM t;

-- case: in_a_branch rows
SELECT id FROM (SELECT id FROM calm ORDER BY v) UNION ALL SELECT id FROM earlier;
