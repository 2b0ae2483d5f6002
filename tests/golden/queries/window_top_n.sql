CREATE TABLE trades (
  id INT, k STRING, x INT, ts TIMESTAMP(3), name STRING, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/trades.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE instants_of_trades (
  id INT, k STRING, x INT, t TIMESTAMP(3), name STRING, ts AS CAST(t AS TIMESTAMP_LTZ(3)), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/trades.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW tumbled AS SELECT * FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND));

CREATE VIEW sums AS SELECT window_start, window_end, k, SUM(x) AS s, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;

-- case: best_of_window rows
SELECT id, window_start, window_end, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn <= 1;

-- case: best_with_rank rows
SELECT id, window_end, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn <= 3;

-- case: ties_in_order_of_arrival rows streaming
SELECT id, window_start, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY x DESC) AS rn FROM tumbled) WHERE rn <= 2;

-- case: keyed rows
SELECT id, window_start, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY x, id) AS rn FROM tumbled) WHERE rn <= 2;

-- case: key_first rows
SELECT id, window_start, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, window_end, window_start ORDER BY id DESC) AS rn FROM tumbled) WHERE rn = 1;

-- case: offsets rows
SELECT id, window_start, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn BETWEEN 2 AND 3;

-- case: only_the_second rows
SELECT id, window_start, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn = 2;

-- case: nulls_first rows
SELECT id, window_start, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC NULLS FIRST, id) AS rn FROM tumbled) WHERE rn <= 2;

-- case: by_text rows
SELECT id, window_start, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY name DESC, id) AS rn FROM tumbled) WHERE rn <= 2;

-- case: of_window_aggregate rows
SELECT window_start, k, s, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY s DESC, k) AS rn FROM sums) WHERE rn <= 2;

-- case: of_window_aggregate_keyed rows
SELECT window_end, k, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, n ORDER BY s DESC, k) AS rn FROM sums) WHERE rn <= 1;

-- case: hop rows
SELECT id, window_start, window_end, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM TABLE(HOP(TABLE trades, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND))) WHERE rn <= 2;

-- case: hop_of_aggregate rows
SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY c DESC, k) AS rn FROM (SELECT window_start, window_end, k, COUNT(*) AS c FROM TABLE(HOP(TABLE trades, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end, k)) WHERE rn <= 1;

-- case: cumulate rows
SELECT id, window_start, window_end, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM TABLE(CUMULATE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND))) WHERE rn <= 2;

-- case: cumulate_of_aggregate rows
SELECT window_end, k, c, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY c DESC, k) AS rn FROM (SELECT window_start, window_end, k, COUNT(*) AS c FROM TABLE(CUMULATE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end, k)) WHERE rn <= 2;

-- case: offset_window rows
SELECT id, window_start, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x, id) AS rn FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '3' SECOND))) WHERE rn <= 2;

-- case: of_instants rows
SELECT id, window_start, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM TABLE(TUMBLE(TABLE instants_of_trades, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE rn <= 2;

-- case: condition_below rows
SELECT id, window_start, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled WHERE x < 9) WHERE rn <= 2;

-- case: condition_above rows
SELECT id, window_start, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn <= 3 AND k = 'a';

-- case: no_rows rows
SELECT id, window_start FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS rn FROM tumbled WHERE id < 0) WHERE rn <= 3;

-- case: window_time_of_the_best rows
SELECT id, window_time, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, window_time ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn <= 1;

-- In streaming mode Flink shows the updates of a Top-1 without what they replace, which are no final rows.
-- case: start_alone_is_no_window rows batch
SELECT id, window_start, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start ORDER BY x DESC, id) AS rn FROM tumbled) WHERE rn <= 1 AND id > 0;

-- case: first_of_window rows streaming
SELECT id, window_start, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts) AS rn FROM tumbled) WHERE rn = 1;

-- case: last_of_window rows streaming
SELECT id, window_start, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM tumbled) WHERE rn = 1;

-- case: last_of_window_with_rank rows streaming
SELECT id, window_start, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM tumbled) WHERE rn <= 1;

-- case: first_of_window_without_key rows streaming
SELECT id, window_start FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY ts) AS rn FROM tumbled) WHERE rn = 1;

-- case: last_of_hop rows streaming
SELECT id, window_start, window_end, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM TABLE(HOP(TABLE trades, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND))) WHERE rn = 1;

-- case: first_of_cumulate rows streaming
SELECT id, window_end, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts) AS rn FROM TABLE(CUMULATE(TABLE trades, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND))) WHERE rn = 1;

-- case: last_of_instants rows streaming
SELECT id, window_start, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts DESC) AS rn FROM TABLE(TUMBLE(TABLE instants_of_trades, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE rn = 1;

-- case: second_by_time rows streaming
SELECT id, window_start, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY ts) AS rn FROM tumbled) WHERE rn = 2;

-- case: before_1970 rows
SELECT id, k, window_start, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY amount DESC, id) AS rn FROM TABLE(TUMBLE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND))) WHERE rn <= 2;

-- case: aggregated_again rows
SELECT k, COUNT(*) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY s DESC, k) AS rn FROM sums) WHERE rn <= 1 GROUP BY k;

-- case: top_of_window_top rows
SELECT id, window_start, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY x DESC, id) AS r2 FROM (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, k ORDER BY id DESC) AS rn FROM tumbled) WHERE rn <= 2)) WHERE r2 <= 2;

-- case: rank_of_window rows batch
SELECT id, window_start, x, r FROM (SELECT *, RANK() OVER (PARTITION BY window_start, window_end ORDER BY x DESC) AS r FROM tumbled) WHERE r <= 2;
