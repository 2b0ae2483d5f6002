CREATE TABLE readings (
  id INT, k STRING, v INT, d DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '3' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/readings.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW proc AS SELECT *, PROCTIME() AS pt FROM readings;

-- case: range_unbounded rows streaming
SELECT id, k, v, ts, SUM(v) OVER w AS s, COUNT(*) OVER w AS c, MIN(v) OVER w AS mn, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts);

-- case: rows_bounded rows streaming
SELECT id, k, v, ts, SUM(v) OVER w AS s, COUNT(*) OVER w AS c, MIN(v) OVER w AS mn, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW);

-- case: range_bounded rows streaming
-- differs: a row later than the frame is long is dropped, since rows of its frame are gone; Flink emits it with those that are left
SELECT id, k, v, ts, SUM(v) OVER w AS s, COUNT(*) OVER w AS c, MIN(v) OVER w AS mn, FIRST_VALUE(v) OVER w AS f, LAST_VALUE(v) OVER w AS l FROM readings WINDOW w AS (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '4' SECOND PRECEDING AND CURRENT ROW);

-- case: row_number rows streaming
SELECT id, k, v, ts, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS r FROM readings;

-- case: ranks_of_ties rows batch
SELECT id, k, v, ts, RANK() OVER (PARTITION BY k ORDER BY ts) AS r, DENSE_RANK() OVER (PARTITION BY k ORDER BY ts) AS dr FROM readings;

-- case: ranks_of_ties_in_streams rows streaming
-- differs: equal rows have one rank, as in batch mode; in Flink each counts its equals
SELECT id, k, v, ts, RANK() OVER (PARTITION BY k ORDER BY ts) AS r, DENSE_RANK() OVER (PARTITION BY k ORDER BY ts) AS dr FROM readings;

-- case: lag rows streaming
-- differs: the row before is the one that came before, as in batch mode; in Flink rows of one time share the value of the last
SELECT id, k, v, ts, LAG(v) OVER (PARTITION BY k ORDER BY ts) AS a, LAG(v, 2, -1) OVER (PARTITION BY k ORDER BY ts) AS b, LAG(v, 0) OVER (PARTITION BY k ORDER BY ts) AS c FROM readings;

-- case: not_by_time rows
SELECT id, k, v, SUM(v) OVER (PARTITION BY k ORDER BY v) AS s FROM readings;

-- case: not_by_time_rows rows streaming
SELECT id, k, v, SUM(v) OVER (PARTITION BY k ORDER BY v ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM readings;

-- case: not_by_time_row_number rows streaming
SELECT id, k, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v) AS s FROM readings;

-- case: not_by_time_ranks rows batch
SELECT id, k, v, RANK() OVER (PARTITION BY k ORDER BY v) AS s, DENSE_RANK() OVER (PARTITION BY k ORDER BY v) AS d FROM readings;

-- case: not_by_time_ranks_in_streams rows streaming
-- differs: equal rows have one rank, as in batch mode; in Flink each that comes later pushes the others down
SELECT id, k, v, RANK() OVER (PARTITION BY k ORDER BY v) AS s, DENSE_RANK() OVER (PARTITION BY k ORDER BY v) AS d FROM readings;

-- case: changing_input rows
SELECT item, n, total, SUM(total) OVER (ORDER BY n) AS s FROM latest;

-- case: changing_input_rows rows
SELECT item, n, total, SUM(total) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM latest;

-- case: processing_time rows
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY pt) AS s FROM proc;

-- case: processing_time_row_number rows streaming
SELECT id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY pt) AS r FROM proc;

-- case: processing_time_rows rows streaming
SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY pt ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM proc;

-- case: order_by_time ordered streaming
SELECT id, ts FROM readings ORDER BY ts;

-- case: order_by_time_and_number ordered streaming
SELECT id, ts, v FROM readings ORDER BY ts, v DESC;

-- case: range_of_numbers rows batch
SELECT id, k, d, v, SUM(v) OVER (PARTITION BY k ORDER BY v RANGE BETWEEN 5 PRECEDING AND 5 FOLLOWING) AS a, COUNT(*) OVER (PARTITION BY k ORDER BY v DESC RANGE BETWEEN 5 PRECEDING AND CURRENT ROW) AS b FROM readings;

-- case: range_of_decimals rows batch
SELECT id, k, d, v, COUNT(*) OVER (PARTITION BY k ORDER BY d RANGE BETWEEN 1.5 PRECEDING AND CURRENT ROW) AS a FROM readings;

-- case: lag_and_lead rows batch
-- differs: NULLs are ignored; Flink accepts the words and does not ignore them
SELECT id, k, d, v, LAG(v) IGNORE NULLS OVER (PARTITION BY k ORDER BY id) AS a, LEAD(v, 2) OVER (PARTITION BY k ORDER BY id) AS b FROM readings;
