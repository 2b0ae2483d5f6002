CREATE TABLE ticks (
  id INT, k STRING, p INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '2' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/ticks.csv', 'format' = 'csv', 'csv.null-literal' = '');

-- case: greedy_star rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, LAST(B.id) AS b, C.id AS c, COUNT(B.id) AS n ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (A B* C) DEFINE B AS B.p < A.p, C AS C.p > A.p) AS T;

-- case: greedy_star_to_next_row rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, LAST(B.id) AS b, C.id AS c AFTER MATCH SKIP TO NEXT ROW PATTERN (A B* C) DEFINE B AS B.p < A.p, C AS C.p > A.p) AS T;

-- case: skip_is_to_next_row_by_default rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) DEFINE B AS B.p > A.p) AS T;

-- case: greedy_keeps_rows_from_the_next_variable rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, LAST(B.id) AS b, C.id AS c PATTERN (A B* C) DEFINE B AS B.p > 0, C AS C.p > A.p) AS T;

-- case: greedy_plus rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.id) AS a, LAST(A.id) AS z, B.id AS b, COUNT(*) AS n AFTER MATCH SKIP PAST LAST ROW PATTERN (A+ B) DEFINE A AS A.p < 10, B AS B.p >= 10) AS T;

-- case: reluctant_star rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, LAST(B.id) AS b, C.id AS c PATTERN (A B*? C) DEFINE B AS B.p > 0, C AS C.p > A.p) AS T;

-- case: reluctant_plus_last rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b AFTER MATCH SKIP TO NEXT ROW PATTERN (A B+?) DEFINE B AS B.p > A.p) AS T;

-- case: reluctant_range rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, FIRST(B.id) AS b1, LAST(B.id) AS b2, C.id AS c PATTERN (A B{1,3}? C) DEFINE C AS C.p > A.p) AS T;

-- case: greedy_range rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, FIRST(B.id) AS b1, LAST(B.id) AS b2, C.id AS c PATTERN (A B{1,2} C) DEFINE B AS B.p < 10, C AS C.p > A.p) AS T;

-- case: fixed_number rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.id) AS a1, FIRST(A.id, 1) AS a2, LAST(A.id) AS a3, LAST(A.id, 3) AS a4 AFTER MATCH SKIP PAST LAST ROW PATTERN (A{3}) DEFINE A AS A.p > 0) AS T;

-- case: at_least rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.id) AS a1, LAST(A.id) AS a2, B.id AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A{2,} B) DEFINE A AS A.p < 12, B AS B.p >= 12) AS T;

-- case: optional_in_the_middle rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b, C.id AS c AFTER MATCH SKIP TO NEXT ROW PATTERN (A B? C) DEFINE B AS B.p > A.p, C AS C.p > 2) AS T;

-- case: optional_with_distinct_conditions rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b, C.id AS c PATTERN (A B? C) DEFINE A AS A.p > 3, B AS B.p < 5, C AS C.p >= 5) AS T;

-- case: optional_last rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B?) DEFINE B AS B.p > 5) AS T;

-- case: star_first rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.id) AS a, B.id AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A* B) DEFINE A AS A.p < 10, B AS B.p > 10) AS T;

-- case: skip_to_first rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, FIRST(B.id) AS b1, LAST(B.id) AS b2, C.id AS c AFTER MATCH SKIP TO FIRST B PATTERN (A B+ C) DEFINE B AS B.p < 12, C AS C.p >= 12) AS T;

-- case: skip_to_last rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, FIRST(B.id) AS b1, LAST(B.id) AS b2, C.id AS c AFTER MATCH SKIP TO LAST B PATTERN (A B+ C) DEFINE B AS B.p < 12, C AS C.p >= 12) AS T;

-- case: skip_to_variable rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b, C.id AS c AFTER MATCH SKIP TO C PATTERN (A B C) DEFINE C AS C.p > A.p) AS T;

-- case: within rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) WITHIN INTERVAL '2' SECOND DEFINE B AS B.p > A.p) AS T;

-- case: within_exactly rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+? C) WITHIN INTERVAL '3' SECOND DEFINE B AS B.p > 3, C AS C.p > A.p) AS T;

-- case: previous_row_of_a_variable rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.p AS top, LAST(B.p) AS bottom, C.p AS up, COUNT(B.p) AS n AFTER MATCH SKIP PAST LAST ROW PATTERN (A B+ C) DEFINE B AS (LAST(B.p, 1) IS NULL AND B.p < A.p) OR B.p < LAST(B.p, 1), C AS C.p > LAST(B.p)) AS T;

-- case: aggregates rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES FIRST(A.id) AS a1, LAST(A.id) AS a2, SUM(A.p) AS s, AVG(A.p) AS v, MIN(A.p) AS lo, MAX(A.p) AS hi, COUNT(*) AS n, COUNT(A.k) AS nk, B.id AS b PATTERN (A+ B) DEFINE A AS SUM(A.p) < 30, B AS B.p > 5) AS T;

-- case: aggregate_of_earlier_variable rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES FIRST(A.id) AS a1, LAST(A.id) AS a2, AVG(A.p * 2) AS v, B.id AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A{2,3}? B) DEFINE B AS B.p > AVG(A.p)) AS T;

-- case: unqualified_columns rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES p AS pp, LAST(p) AS lp, FIRST(p) AS fp, SUM(p) AS sp, A.p + B.p AS ab PATTERN (A B) DEFINE B AS p > FIRST(p)) AS T;

-- case: match_rowtime rows streaming
SELECT k, b, MR, TUMBLE_END(MR, INTERVAL '10' SECOND) FROM (SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES B.id AS b, MATCH_ROWTIME() AS MR PATTERN (A B) DEFINE B AS B.p > A.p) AS T) GROUP BY TUMBLE(MR, INTERVAL '10' SECOND), k, b, MR;

-- case: match_rowtime_rows rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES B.id AS b, MATCH_ROWTIME() AS mr PATTERN (A B) DEFINE B AS B.p > A.p) AS T;

-- case: nothing_defined rows streaming
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b AFTER MATCH SKIP PAST LAST ROW PATTERN (A B) DEFINE A AS TRUE) AS T;

-- case: secondary_order rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts, p DESC MEASURES A.id AS a, B.id AS b, C.id AS c AFTER MATCH SKIP PAST LAST ROW PATTERN (A B C) DEFINE A AS TRUE) AS T;

-- case: two_partition_columns rows
SELECT * FROM (SELECT id, k, p, p > 5 AS big, ts FROM ticks) MATCH_RECOGNIZE (PARTITION BY k, big ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) DEFINE B AS B.p > A.p) AS T;

-- case: no_match rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a PATTERN (A B) DEFINE B AS B.p > 1000000 AND B.k = 'nobody') AS T;

-- case: empty_input rows
SELECT * FROM (SELECT * FROM ticks WHERE id > 100) MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a PATTERN (A B) DEFINE A AS TRUE) AS T;

-- case: extremes rows
SELECT * FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.p AS a, B.p AS b, CAST(B.p AS BIGINT) - A.p AS d PATTERN (A B) DEFINE A AS A.p >= 20 OR A.p < 2, B AS CAST(B.p AS BIGINT) - A.p > 1 OR B.p < -10) AS T;

-- case: string_conditions rows
SELECT * FROM ticks MATCH_RECOGNIZE (ORDER BY ts MEASURES A.k AS a, B.k AS b, UPPER(A.k) || B.k AS ab PATTERN (A B) DEFINE A AS A.k = 'x', B AS B.k <> A.k) AS T;

-- case: filtered_and_projected rows
SELECT b * 10 FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) DEFINE B AS B.p > A.p) AS T WHERE k = 'x' AND a > 4;

-- case: matches_aggregated rows
SELECT k, COUNT(*), SUM(b - a) FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) DEFINE B AS B.p > A.p) GROUP BY k;

-- case: matches_joined rows streaming
SELECT t.a, t.b, s.id FROM ticks MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES A.id AS a, B.id AS b PATTERN (A B) DEFINE B AS B.p > A.p) AS t JOIN ticks AS s ON s.id = t.a + 1;

-- case: over_windowed_rows rows
SELECT * FROM (SELECT window_time AS wt, k, SUM(p) AS s FROM TABLE(TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '4' SECOND)) GROUP BY window_start, window_end, window_time, k) MATCH_RECOGNIZE (PARTITION BY k ORDER BY wt MEASURES A.s AS a, B.s AS b PATTERN (A B) DEFINE B AS B.s > A.s) AS T;
