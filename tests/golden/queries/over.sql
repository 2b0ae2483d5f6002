CREATE TABLE readings (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

-- The same rows, of which none is late.
CREATE TABLE calm (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

-- Each row has a time of its own.
CREATE TABLE offers (
  id INT, item STRING, price INT, weight DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' HOUR
) WITH ('connector' = 'filesystem', 'path' = '${data}/bids.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE instants (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), t AS CAST(ts AS TIMESTAMP_LTZ(3)),
  WATERMARK FOR t AS t - INTERVAL '1' HOUR
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW arrivals AS SELECT *, PROCTIME() AS pt FROM readings;

CREATE VIEW summed AS SELECT item, price, ts, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS total FROM offers;

-- case: range_unbounded rows
SELECT id, k, v, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, COUNT(v) OVER w AS c, MIN(v) OVER w AS low, MAX(v) OVER w AS high FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: range_unbounded_late rows streaming
SELECT id, k, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MIN(v) OVER w AS low, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: range_unbounded_written_out rows
SELECT id, SUM(d) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM calm;

-- case: range_unbounded_instants rows
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY t) AS s, COUNT(*) OVER (PARTITION BY k ORDER BY t) AS n FROM instants;

-- case: rows_unbounded rows
SELECT id, SUM(price) OVER w AS s, AVG(price) OVER w AS a, COUNT(price) OVER w AS c FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- case: rows_unbounded_late rows streaming
SELECT id, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts ROWS UNBOUNDED PRECEDING);

-- case: rows_bounded rows
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n, MIN(price) OVER w AS low, MAX(price) OVER w AS high, FIRST_VALUE(price) OVER w AS f, LAST_VALUE(price) OVER w AS l FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);

-- case: rows_bounded_late rows streaming
SELECT id, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MIN(v) OVER w AS low, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW);

-- case: rows_short_form rows
SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts ROWS 1 PRECEDING) AS s FROM offers;

-- case: rows_zero rows
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 0 PRECEDING AND CURRENT ROW);

-- case: rows_more_than_there_are rows
SELECT id, SUM(price) OVER w AS s, MAX(weight) OVER w AS high FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 100 PRECEDING AND CURRENT ROW);

-- Flink 2.3 cannot compile RANGE distances of time in batch mode.
-- case: range_interval rows streaming
SELECT id, k, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MAX(v) OVER w AS high, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND CURRENT ROW);

-- case: range_interval_late rows streaming
SELECT id, k, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MIN(v) OVER w AS low FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW);

-- case: range_interval_long_late rows streaming
-- differs: a row later than the frame is long is dropped, since the rows of its frame are gone; Flink emits it with those that are left
SELECT id, k, COUNT(*) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND CURRENT ROW) AS n FROM readings;

-- case: range_interval_millisecond rows streaming
SELECT id, COUNT(*) OVER (ORDER BY ts RANGE BETWEEN INTERVAL '0.001' SECOND PRECEDING AND CURRENT ROW) AS n FROM calm;

-- case: range_interval_zero rows streaming
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '0' SECOND PRECEDING AND CURRENT ROW) AS s FROM calm;

-- case: no_partition rows
SELECT id, SUM(v) OVER (ORDER BY ts) AS s, COUNT(*) OVER (ORDER BY ts) AS n FROM calm;

-- case: no_partition_rows rows
SELECT id, SUM(price) OVER (ORDER BY ts ROWS 3 PRECEDING) AS s FROM offers;

-- case: partition_of_two_columns rows
SELECT id, COUNT(*) OVER (PARTITION BY k, v ORDER BY ts) AS n FROM calm;

-- case: partition_of_an_expression rows
SELECT id, SUM(price) OVER (PARTITION BY price > 15, CHAR_LENGTH(item) ORDER BY ts) AS s FROM offers;

-- case: partition_of_a_constant rows
SELECT id, SUM(price) OVER (PARTITION BY 'all' ORDER BY ts) AS s FROM offers;

-- case: expressions_of_calls rows
SELECT id, price * 100 / SUM(price) OVER w + 1 AS share, CASE WHEN COUNT(*) OVER w > 1 THEN 'more' ELSE 'one' END AS c, SUM(price + 1) OVER w AS s FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: decimals close
SELECT id, SUM(d) OVER w AS s, AVG(d) OVER w AS a, MIN(d) OVER w AS low, MAX(d) OVER w AS high FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: doubles close
SELECT id, SUM(weight) OVER w AS s, AVG(weight) OVER w AS a, MAX(weight) OVER w AS high FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS 1 PRECEDING);

-- case: deviations close
SELECT id, STDDEV_POP(weight) OVER w AS p, VAR_SAMP(weight) OVER w AS v FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS 2 PRECEDING);

-- case: texts rows
SELECT id, MIN(item) OVER w AS low, MAX(item) OVER w AS high, FIRST_VALUE(item) OVER w AS f, LAST_VALUE(item) OVER w AS l FROM offers WINDOW w AS (ORDER BY ts ROWS 2 PRECEDING);

-- case: list_of_texts rows
SELECT id, LISTAGG(item) OVER (ORDER BY ts) AS items FROM offers;

-- case: array_of_values rows
SELECT id, ARRAY_AGG(price) OVER (PARTITION BY item ORDER BY ts) AS prices FROM offers;

-- case: percentile rows
SELECT id, PERCENTILE(price, 0.5) OVER (PARTITION BY item ORDER BY ts) AS median FROM offers;

-- Flink has no DISTINCT in OVER in batch mode.
-- case: distinct rows streaming
SELECT id, COUNT(DISTINCT v) OVER w AS n, SUM(DISTINCT v) OVER w AS s FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: distinct_rows_bounded rows streaming
SELECT id, COUNT(DISTINCT price) OVER w AS n, SUM(DISTINCT price) OVER w AS s FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS 2 PRECEDING);

-- case: distinct_range_interval rows streaming
SELECT id, COUNT(DISTINCT v) OVER w AS n FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '20' SECOND PRECEDING AND CURRENT ROW);

-- case: row_number rows
SELECT id, item, ROW_NUMBER() OVER (PARTITION BY item ORDER BY ts) AS r FROM offers;

-- case: row_number_late rows streaming
SELECT id, k, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS r FROM readings;

-- case: ranks rows
SELECT id, RANK() OVER w AS r, DENSE_RANK() OVER w AS d FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: ranks_of_ties rows batch
SELECT id, RANK() OVER w AS r, DENSE_RANK() OVER w AS d FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: ranks_of_ties_in_streams rows streaming
-- differs: rows of one time have one rank, the first of theirs; Flink gives them the last, and counts them in DENSE_RANK
SELECT id, RANK() OVER w AS r, DENSE_RANK() OVER w AS d FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: lag rows
SELECT id, LAG(price) OVER w AS a, LAG(price, 2) OVER w AS b, LAG(item) OVER w AS i FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: lag_zero rows
SELECT id, LAG(price, 0) OVER (PARTITION BY item ORDER BY ts) AS same FROM offers;

-- case: lag_default rows streaming
SELECT id, LAG(price, 1, -1) OVER w AS a, LAG(price, 2, id) OVER w AS b FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: lag_default_column rows
SELECT id, LAG(price, 1, id) OVER (PARTITION BY item ORDER BY ts) AS a FROM offers;

-- case: lag_with_running_values rows
SELECT id, LAG(price) OVER w AS before, SUM(price) OVER w AS s, price - LAG(price) OVER w AS step FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: lag_of_ties rows streaming
-- differs: the row before is the one that came before, as in batch mode; in Flink rows of one time share the value of the last
SELECT id, LAG(v) OVER (PARTITION BY k ORDER BY ts) AS a FROM calm;

-- case: lag_ignore_nulls rows
-- differs: NULLs are ignored; Flink accepts the words and does not ignore them
SELECT id, LAG(weight) IGNORE NULLS OVER (ORDER BY ts) AS a, LAG(weight, 2) IGNORE NULLS OVER (ORDER BY ts) AS b FROM offers;

-- case: lag_respect_nulls rows
SELECT id, LAG(weight) RESPECT NULLS OVER (ORDER BY ts) AS a FROM offers;

-- case: lag_negative rows batch
SELECT id, LAG(price, -1) OVER (PARTITION BY item ORDER BY ts) AS a FROM offers;

-- case: lead rows batch
SELECT id, LEAD(price) OVER w AS a, LEAD(price, 2) OVER w AS b, LEAD(price, 1, id) OVER w AS d FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: shares rows batch
-- differs: rows of one time have one CUME_DIST, that of the last of them; Flink counts them one by one
SELECT id, PERCENT_RANK() OVER w AS p, CUME_DIST() OVER w AS c FROM calm WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: ntile rows batch
SELECT id, NTILE(3) OVER w AS three, NTILE(2) OVER w AS two, NTILE(100) OVER w AS many FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: ntile_no_partition rows batch
SELECT id, NTILE(4) OVER (ORDER BY id) AS four FROM calm;

-- case: whole_partition rows batch
SELECT id, SUM(v) OVER (PARTITION BY k) AS s, COUNT(*) OVER () AS n, MAX(d) OVER (PARTITION BY k) AS high FROM calm;

-- case: whole_partition_written_out rows batch
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS s FROM calm;

-- case: rows_around rows batch
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n, MIN(price) OVER w AS low, MAX(price) OVER w AS high FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING);

-- case: rows_to_the_end rows batch
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n, FIRST_VALUE(price) OVER w AS f, LAST_VALUE(price) OVER w AS l FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING);

-- case: rows_before rows batch
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n, MAX(price) OVER w AS high FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING);

-- case: rows_after rows batch
SELECT id, SUM(price) OVER w AS s, COUNT(*) OVER w AS n, MIN(price) OVER w AS low FROM offers WINDOW w AS (PARTITION BY item ORDER BY ts ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING);

-- case: rows_up_to_the_next rows batch
SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) AS s FROM offers;

-- case: range_to_the_end rows batch
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS s FROM calm;

-- case: range_of_numbers rows batch
SELECT id, v, SUM(v) OVER w AS s, COUNT(*) OVER w AS n FROM calm WINDOW w AS (PARTITION BY k ORDER BY v RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING);

-- case: range_of_numbers_descending rows batch
SELECT id, v, COUNT(*) OVER (PARTITION BY k ORDER BY v DESC RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS n FROM calm;

-- case: range_before rows batch
SELECT id, v, COUNT(*) OVER (PARTITION BY k ORDER BY v RANGE BETWEEN 20 PRECEDING AND 5 PRECEDING) AS n FROM calm WHERE v IS NOT NULL;

-- case: range_after rows batch
SELECT id, v, COUNT(*) OVER (PARTITION BY k ORDER BY v RANGE BETWEEN 1 FOLLOWING AND 20 FOLLOWING) AS n FROM calm WHERE v IS NOT NULL;

-- case: range_of_decimals rows batch
SELECT id, d, COUNT(*) OVER (PARTITION BY k ORDER BY d RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) AS n FROM calm;

-- case: range_of_doubles rows batch
SELECT id, weight, COUNT(*) OVER (ORDER BY weight RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS n FROM offers;

-- case: order_of_two_columns rows batch
SELECT id, SUM(v) OVER w AS s, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS r FROM calm WINDOW w AS (PARTITION BY k ORDER BY v DESC, id);

-- case: nulls_last rows batch
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY v NULLS LAST) AS s, RANK() OVER (PARTITION BY k ORDER BY d DESC NULLS LAST) AS r FROM calm;

-- case: several_windows rows batch
SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS a, COUNT(*) OVER (PARTITION BY item ORDER BY ts ROWS 1 PRECEDING) AS b, SUM(price) OVER (ORDER BY id) AS c, RANK() OVER (PARTITION BY price > 15 ORDER BY id) AS r, AVG(price) OVER () AS e FROM offers;

-- case: not_by_time rows
SELECT id, v, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MAX(v) OVER w AS high FROM readings WINDOW w AS (PARTITION BY k ORDER BY v);

-- case: not_by_time_rows rows streaming
SELECT id, v, SUM(v) OVER (PARTITION BY k ORDER BY v ROWS UNBOUNDED PRECEDING) AS s, COUNT(d) OVER (PARTITION BY k ORDER BY v ROWS UNBOUNDED PRECEDING) AS n FROM readings;

-- case: not_by_time_unique rows
SELECT id, SUM(v) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING) AS s FROM readings;

-- case: not_by_time_row_number rows
SELECT id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) AS r FROM readings;

-- case: not_by_time_row_number_of_ties rows streaming
SELECT id, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS r FROM readings;

-- case: not_by_time_ranks rows
SELECT id, RANK() OVER (PARTITION BY k ORDER BY id) AS r, DENSE_RANK() OVER (PARTITION BY k ORDER BY id) AS d FROM readings;

-- case: not_by_time_ranks_of_ties rows streaming
-- differs: rows with equal keys have one rank, as in batch mode; in Flink each that comes later pushes the others down
SELECT id, v, RANK() OVER (PARTITION BY k ORDER BY v) AS r, DENSE_RANK() OVER (PARTITION BY k ORDER BY v) AS d FROM readings;

-- case: not_by_time_texts rows
SELECT id, COUNT(*) OVER (ORDER BY k) AS n FROM readings;

-- case: not_by_time_decimals close
SELECT id, SUM(d) OVER (PARTITION BY k ORDER BY d) AS s, AVG(d) OVER (PARTITION BY k ORDER BY d) AS a FROM readings;

-- case: changing_input rows
SELECT item, n, total, SUM(total) OVER w AS s, COUNT(*) OVER w AS c, MIN(total) OVER w AS low FROM latest WINDOW w AS (ORDER BY n);

-- case: changing_input_rows rows
SELECT item, total, SUM(total) OVER (ORDER BY total ROWS UNBOUNDED PRECEDING) AS s FROM latest;

-- case: changing_input_row_number rows
SELECT item, total, ROW_NUMBER() OVER (ORDER BY total) AS r FROM latest;

-- case: changing_input_partitioned rows
SELECT item, n, SUM(total) OVER (PARTITION BY n ORDER BY total) AS s FROM latest;

-- case: changes rows streaming
SELECT id, k, v, SUM(v) OVER (PARTITION BY k ORDER BY v) AS s, COUNT(*) OVER (PARTITION BY k ORDER BY v) AS n FROM changes;

-- case: changes_row_number rows streaming
SELECT id, v, ROW_NUMBER() OVER (ORDER BY id) AS r FROM changes;

-- case: changing_then_grouped rows
SELECT s, COUNT(*) AS n FROM (SELECT SUM(total) OVER (ORDER BY n) AS s FROM latest) GROUP BY s;

-- case: of_groups rows
SELECT item, SUM(price) AS total, SUM(SUM(price)) OVER (ORDER BY item) AS s FROM offers GROUP BY item;

-- case: qualify rows
SELECT id, item, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers QUALIFY SUM(price) OVER (PARTITION BY item ORDER BY ts) > 20;

-- case: qualify_alias rows
SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers QUALIFY s > 20 AND id < 9;

-- case: filtered_by_partition rows
SELECT id, s FROM (SELECT id, item, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers) WHERE item = 'apple';

-- case: filtered_by_row rows
SELECT id, s FROM (SELECT id, item, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers) WHERE id > 4;

-- case: filtered_before rows
SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers WHERE price > 5;

-- case: pruned rows
SELECT id FROM (SELECT id, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s, COUNT(*) OVER (PARTITION BY item ORDER BY ts) AS n FROM offers) WHERE n > 1;

-- case: over_of_over rows
SELECT item, total, SUM(total) OVER (ORDER BY ts) AS s FROM summed;

-- case: window_of_over rows
SELECT window_start, SUM(total) AS s, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE summed, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;

-- case: over_of_window rows
SELECT item, window_end, s, SUM(s) OVER (PARTITION BY item ORDER BY window_time) AS r FROM (SELECT item, window_end, window_time, SUM(price) AS s FROM TABLE(TUMBLE(TABLE offers, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY item, window_start, window_end, window_time);

-- case: group_of_over rows
SELECT item, MAX(total) AS high FROM summed GROUP BY item;

-- case: distinct_of_over rows
SELECT DISTINCT item, SUM(price) OVER (PARTITION BY item ORDER BY ts) AS s FROM offers;

-- case: joined rows
SELECT s.item, s.total, n.color FROM summed AS s JOIN names AS n ON s.item = n.item;

-- case: united rows
SELECT total FROM summed UNION ALL SELECT SUM(v) OVER (ORDER BY ts) FROM calm;

-- case: empty_input rows
SELECT id, SUM(price) OVER w AS s, RANK() OVER w AS r FROM offers WHERE id < 0 WINDOW w AS (PARTITION BY item ORDER BY ts);

-- case: before_1970 rows
SELECT id, k, SUM(amount) OVER (PARTITION BY k ORDER BY ts) AS s FROM earlier;

-- case: before_1970_rows rows streaming
-- differs: rows before 1970 are rows like others; Flink takes them for late
SELECT id, k, COUNT(*) OVER (PARTITION BY k ORDER BY ts ROWS 1 PRECEDING) AS n FROM earlier;

-- case: ordered_by_call ordered batch
SELECT id FROM offers ORDER BY SUM(price) OVER (PARTITION BY item ORDER BY ts) DESC, id;

-- case: processing_time rows streaming
SELECT id, SUM(v) OVER w AS s, COUNT(*) OVER w AS n, MIN(v) OVER w AS low FROM arrivals WINDOW w AS (PARTITION BY k ORDER BY pt);

-- case: processing_time_row_number rows streaming
SELECT id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY pt) AS r FROM arrivals;

-- case: processing_time_rows rows streaming
SELECT id, SUM(v) OVER w AS s, FIRST_VALUE(v) OVER w AS f FROM arrivals WINDOW w AS (PARTITION BY k ORDER BY pt ROWS BETWEEN 1 PRECEDING AND CURRENT ROW);

-- case: processing_time_lag rows streaming
SELECT id, LAG(v) OVER (PARTITION BY k ORDER BY pt) AS a, LAG(v, 2) OVER (PARTITION BY k ORDER BY pt) AS b FROM arrivals;

-- case: processing_time_written_out rows streaming
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY PROCTIME()) AS s FROM readings;
