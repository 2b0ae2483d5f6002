CREATE TABLE trades (
  id INT, k STRING, x INT, ts TIMESTAMP(3), name STRING, p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/trades.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW counts AS SELECT k, COUNT(*) AS n, SUM(x) AS total, MAX(x) AS most, MIN(id) AS least FROM trades GROUP BY k;

-- case: top_2_of_each rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 2;

-- case: top_2_with_rank rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 2;

-- case: ties_without_rank rows streaming
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x) AS rn FROM trades) WHERE rn <= 2;

-- case: nulls_first rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x NULLS FIRST, id) AS rn FROM trades) WHERE rn <= 3;

-- case: nulls_last rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x NULLS LAST, id DESC) AS rn FROM trades) WHERE rn <= 20;

-- case: descending_nulls_first rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC NULLS FIRST, id) AS rn FROM trades) WHERE rn <= 2;

-- case: by_text rows
SELECT id, k, name, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY name DESC, id) AS rn FROM trades) WHERE rn <= 3;

-- case: by_text_ascending rows
SELECT id, k, name, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY name NULLS LAST, x DESC, id) AS rn FROM trades) WHERE rn <= 3;

-- case: ties_in_order_of_arrival rows streaming
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC) AS rn FROM trades) WHERE rn <= 3;

-- case: by_decimal rows
SELECT id, k, amount, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY amount DESC) AS rn FROM earlier) WHERE rn <= 2;

-- case: by_double rows
SELECT id, item, weight, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY weight DESC, id) AS rn FROM bids) WHERE rn <= 2;

-- case: by_expression rows
SELECT id, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(id, 3) ORDER BY CHAR_LENGTH(name) DESC, id DESC) AS rn FROM trades) WHERE rn <= 2;

-- In streaming mode Flink shows the updates of a Top-1 without what they replace, which are no final rows.
-- case: only_the_best rows batch
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn = 1;

-- case: only_the_best_with_rank rows batch
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id DESC) AS rn FROM trades) WHERE rn = 1;

-- case: only_the_second rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn = 2;

-- case: between rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn BETWEEN 2 AND 4;

-- case: between_without_rank rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn > 1 AND 4 > rn;

-- case: bounds_on_the_other_side rows
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id DESC) AS rn FROM trades) WHERE 2 >= rn;

-- case: several_bounds rows
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) AS rn FROM trades) WHERE rn <= 3 AND rn <= 2;

-- case: other_conditions rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 3 AND x > 6;

-- case: condition_on_the_partition rows
SELECT id, k, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 3 AND k = 'a';

-- case: condition_below rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades WHERE x < 100) WHERE rn <= 2;

-- case: computed_from_the_rank rows
SELECT id, k, rn * 10 AS r FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x, id) AS rn FROM trades) WHERE rn <= 2;

-- case: two_partition_columns rows
SELECT id, k, name FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k, name ORDER BY id DESC) AS rn FROM trades) WHERE rn <= 1;

-- case: no_partition rows
SELECT id, x, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 4;

-- case: no_rows rows
SELECT id, x, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades WHERE id < 0) WHERE rn <= 4;

-- case: by_time_and_more rows
SELECT id, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC, id DESC) AS rn FROM trades) WHERE rn <= 2;

-- case: last_two_by_event_time rows streaming
SELECT id, k, ts, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM trades) WHERE rn <= 2;

-- case: first_two_by_arrival rows streaming
SELECT id, k, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p) AS rn FROM trades) WHERE rn <= 2;

-- case: second_by_arrival rows streaming
SELECT id, k FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p) AS rn FROM trades) WHERE rn BETWEEN 2 AND 3;

-- case: groups_that_only_grow rows
SELECT k, n FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC, k) AS rn FROM counts) WHERE rn <= 2;

-- case: groups_that_only_grow_with_rank rows
SELECT k, n, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC, k DESC) AS rn FROM counts) WHERE rn <= 3;

-- case: growing_ties rows streaming
SELECT k, n, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC) AS rn FROM counts) WHERE rn <= 4;

-- case: growing_by_two_columns rows
SELECT k, n, most FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY n DESC, most DESC, k) AS rn FROM counts) WHERE rn <= 3;

-- case: growing_per_partition rows streaming
-- differs: Flink's Top-1 over updates ignores those that leave the order key as it is, so that n is out of date.
SELECT k, n, most FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY most DESC) AS rn FROM counts) WHERE rn <= 1;

-- case: growing_per_partition_batch rows batch
SELECT k, n, most FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY most DESC) AS rn FROM counts) WHERE rn <= 1;

-- case: groups_up_and_down rows
SELECT k, total FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY total DESC, k) AS rn FROM counts) WHERE rn <= 2;

-- case: groups_up_and_down_with_rank rows
SELECT k, total, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY total, k) AS rn FROM counts) WHERE rn <= 2;

-- case: moving_between_partitions rows
SELECT k, n, total, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(n, 2) ORDER BY total DESC, k) AS rn FROM counts) WHERE rn <= 2;

-- case: moving_between_partitions_without_rank rows
SELECT k, n, total FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(n, 3) ORDER BY total, k) AS rn FROM counts) WHERE rn <= 1;

-- case: retracted_rows rows streaming
SELECT id, k, v, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, id) AS rn FROM changes) WHERE rn <= 2;

-- case: retracted_rows_without_rank rows streaming
SELECT id, k, v FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v DESC, id) AS rn FROM changes) WHERE rn <= 3;

-- case: retracted_rows_with_key rows streaming
SELECT id, k, v, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v, id) AS rn FROM keyed_changes) WHERE rn <= 3;

-- case: retracted_second rows streaming
-- differs: with an offset, Flink leaves behind a row that has left the range: it ends with three rows of two.
SELECT id, k, v FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY v DESC, id) AS rn FROM changes) WHERE rn BETWEEN 2 AND 3;

-- case: retracted_best_by_event_time rows streaming
SELECT id, k, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts DESC) AS rn FROM changes) WHERE rn = 1;

-- case: aggregate_over_top rows
SELECT COUNT(*), SUM(x), MIN(id) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 2;

-- case: aggregate_over_ranks rows
SELECT rn, COUNT(*), SUM(x) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 3 GROUP BY rn;

-- case: top_of_top rows
SELECT id, k, x FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY x DESC, id) AS r2 FROM (SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) AS rn FROM trades) WHERE rn <= 2)) WHERE r2 <= 3;

-- case: joined_top rows
SELECT t.id, t.item, t.price, n.color FROM (SELECT id, item, price FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item ORDER BY price DESC, id) AS rn FROM bids) WHERE rn <= 2) AS t JOIN names AS n ON t.item = n.item;

-- case: top_of_join rows batch
SELECT id, item, color, rn FROM (SELECT b.id, b.item, n.color, ROW_NUMBER() OVER (PARTITION BY n.color ORDER BY b.price DESC, b.id) AS rn FROM bids AS b JOIN names AS n ON b.item = n.item) WHERE rn <= 1;

-- case: mini_batch rows streaming
-- set: table.exec.mini-batch.enabled = true
-- set: table.exec.mini-batch.allow-latency = 1 s
-- set: table.exec.mini-batch.size = 1000
SELECT k, total, rn FROM (SELECT *, ROW_NUMBER() OVER (ORDER BY total DESC, k) AS rn FROM counts) WHERE rn <= 3;

-- Flink's streaming mode knows ROW_NUMBER alone.
-- case: rank rows batch
SELECT id, k, x, r FROM (SELECT *, RANK() OVER (PARTITION BY k ORDER BY x DESC) AS r FROM trades) WHERE r <= 3;

-- case: dense_rank rows batch
SELECT id, k, x, r FROM (SELECT *, DENSE_RANK() OVER (PARTITION BY k ORDER BY x DESC) AS r FROM trades) WHERE r BETWEEN 2 AND 3;

-- case: rank_without_partition rows batch
SELECT id, x FROM (SELECT *, RANK() OVER (ORDER BY x NULLS LAST) AS r FROM trades) WHERE r = 2;

-- case: qualify rows
SELECT id, k, x FROM trades QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY x DESC, id) <= 2;

-- case: sort_limit rows
SELECT id, x FROM trades ORDER BY x DESC, id LIMIT 3;

-- case: sort_limit_offset rows
SELECT id, x, name FROM trades ORDER BY name, id DESC LIMIT 4 OFFSET 2;

-- case: sort_limit_ties rows streaming
SELECT id, x FROM trades ORDER BY x LIMIT 5;

-- case: sort_limit_hidden rows
SELECT name FROM trades ORDER BY id DESC FETCH FIRST 3 ROWS ONLY;

-- case: sort_limit_one rows
SELECT k, total FROM counts ORDER BY total DESC, k LIMIT 1;

-- case: sort_limit_growing rows
SELECT k, n FROM counts ORDER BY n DESC, k LIMIT 2;

-- case: sort_limit_retracting rows streaming
-- differs: with an offset over changes, Flink leaves behind rows that have left the range: it ends with nine rows of two.
SELECT k, total FROM counts ORDER BY total, k LIMIT 2 OFFSET 1;

-- case: sort_limit_retracting_batch rows batch
SELECT k, total FROM counts ORDER BY total, k LIMIT 2 OFFSET 1;

-- case: sort_limit_changes rows streaming
SELECT id, v FROM changes ORDER BY v DESC NULLS LAST, id LIMIT 3;

-- case: sort_limit_more_than_there_is rows
SELECT id FROM trades WHERE x > 8 ORDER BY x, id LIMIT 100;

-- case: sort_limit_zero rows
SELECT id FROM trades ORDER BY x LIMIT 0;

-- case: sort_limit_of_union rows
SELECT id FROM trades UNION ALL SELECT id FROM bids ORDER BY id DESC LIMIT 4;

-- case: sort_limit_in_sub_query rows
SELECT k, COUNT(*) FROM (SELECT * FROM trades ORDER BY x DESC, id LIMIT 6) GROUP BY k;
