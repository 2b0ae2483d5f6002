CREATE TABLE offers (a INT, b STRING, c INT)
WITH ('connector' = 'filesystem', 'path' = '${data}/offers.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE stock (a INT, b STRING, c INT)
WITH ('connector' = 'filesystem', 'path' = '${data}/stock.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW nothing AS SELECT * FROM stock WHERE a > 1000;

-- case: union_all rows
SELECT id, item FROM bids WHERE id < 3 UNION ALL SELECT id, item FROM bids WHERE id > 8 UNION ALL SELECT 0, 'x' FROM names;

-- case: union_distinct rows
SELECT item FROM bids UNION SELECT item FROM names;

-- case: union_of_types rows
SELECT id, CAST(price AS BIGINT) FROM bids UNION ALL SELECT CAST(id AS SMALLINT), amount FROM earlier;

-- case: union_aggregates rows
SELECT item, COUNT(*) FROM bids GROUP BY item UNION ALL SELECT k, COUNT(*) FROM earlier GROUP BY k;

-- case: union_nullable rows
SELECT 1 AS x, 'a' AS y UNION ALL SELECT a, b FROM offers;

-- case: union_distinct_nulls rows
SELECT a, b, c FROM offers UNION SELECT a, b, c FROM stock;

-- case: union_distinct_retracting rows
SELECT item, n FROM latest UNION SELECT item, 2 FROM names;

-- case: union_with_nothing rows
SELECT a FROM nothing UNION SELECT a FROM stock UNION SELECT a FROM nothing;

-- case: intersect rows
SELECT a, b, c FROM offers INTERSECT SELECT a, b, c FROM stock;

-- case: intersect_one_column rows
SELECT b FROM offers INTERSECT SELECT b FROM stock;

-- case: intersect_distinct_keyword rows
SELECT a FROM offers INTERSECT DISTINCT SELECT a FROM stock;

-- case: intersect_all rows
SELECT a, b, c FROM offers INTERSECT ALL SELECT a, b, c FROM stock;

-- case: intersect_all_one_column rows
SELECT a FROM offers INTERSECT ALL SELECT a FROM stock;

-- case: intersect_types rows
SELECT a, c FROM offers INTERSECT SELECT CAST(a AS BIGINT), CAST(c AS DECIMAL(12, 2)) FROM stock;

-- case: intersect_nothing rows
SELECT a FROM offers INTERSECT SELECT a FROM nothing;

-- case: intersect_all_nothing rows
SELECT a FROM nothing INTERSECT ALL SELECT a FROM offers;

-- case: intersect_same rows
SELECT b FROM offers INTERSECT SELECT b FROM offers;

-- case: intersect_retracting_left rows
SELECT item, n FROM latest INTERSECT SELECT b, 2 FROM stock;

-- case: intersect_retracting_right rows
SELECT item FROM names INTERSECT SELECT item FROM latest WHERE n = 3;

-- case: intersect_retracting_both rows
SELECT item, n FROM latest INTERSECT SELECT item, COUNT(price) FROM bids GROUP BY item;

-- case: intersect_all_retracting rows
SELECT n FROM latest INTERSECT ALL SELECT COUNT(price) FROM bids GROUP BY item;

-- case: except rows
SELECT a, b, c FROM offers EXCEPT SELECT a, b, c FROM stock;

-- case: except_one_column rows
SELECT b FROM stock EXCEPT SELECT b FROM offers;

-- case: except_distinct_keyword rows
SELECT a FROM offers EXCEPT DISTINCT SELECT a FROM stock;

-- case: except_all rows
SELECT a, b, c FROM offers EXCEPT ALL SELECT a, b, c FROM stock;

-- case: except_all_other_way rows
SELECT a, b, c FROM stock EXCEPT ALL SELECT a, b, c FROM offers;

-- case: except_all_one_column rows
SELECT a FROM stock EXCEPT ALL SELECT a FROM offers;

-- case: except_nothing rows
SELECT a FROM offers EXCEPT SELECT a FROM nothing;

-- case: except_all_nothing rows
SELECT a FROM offers EXCEPT ALL SELECT a FROM nothing;

-- case: nothing_except rows
SELECT a FROM nothing EXCEPT SELECT a FROM offers;

-- case: except_same rows
SELECT b FROM offers EXCEPT SELECT b FROM offers;

-- case: except_retracting_left rows
SELECT item, n FROM latest EXCEPT SELECT b, 2 FROM stock;

-- case: except_retracting_right rows
SELECT item FROM names EXCEPT SELECT item FROM latest WHERE n = 3;

-- case: except_all_retracting rows
SELECT n FROM latest EXCEPT ALL SELECT COUNT(price) FROM bids GROUP BY item;

-- case: except_changes rows streaming
SELECT k FROM changes EXCEPT SELECT k FROM earlier;

-- case: intersect_changes rows streaming
SELECT k FROM changes INTERSECT SELECT k FROM earlier;

-- case: except_all_changes rows streaming
SELECT k, v FROM changes EXCEPT ALL SELECT k, CAST(id AS INT) FROM earlier;

-- case: chain_left_to_right rows
SELECT a FROM offers EXCEPT SELECT a FROM stock UNION SELECT 6;

-- case: intersect_binds_tighter rows
SELECT a FROM offers UNION ALL SELECT a FROM stock INTERSECT SELECT 6;

-- case: except_before_intersect rows
SELECT b FROM stock EXCEPT SELECT b FROM offers INTERSECT SELECT 'fig';

-- case: chain_in_parentheses rows
SELECT a FROM offers EXCEPT (SELECT a FROM stock EXCEPT SELECT 5);

-- case: except_all_chain rows
SELECT a FROM offers EXCEPT ALL SELECT a FROM stock EXCEPT ALL SELECT 5;

-- case: set_operation_in_from rows
-- differs: Flink leaves out the unused column before it compares rows
SELECT b, COUNT(*) FROM (SELECT a, b FROM offers INTERSECT ALL SELECT a, b FROM stock) AS t GROUP BY b;

-- case: filter_over_intersect rows
SELECT * FROM (SELECT a, b FROM offers INTERSECT SELECT a, b FROM stock) AS t WHERE a > 1;

-- case: filter_over_except_all rows
SELECT b FROM (SELECT a, b FROM offers EXCEPT ALL SELECT a, b FROM stock) AS t WHERE a = 5 OR a IS NULL;

-- case: set_operation_in_with rows
WITH both_sides AS (SELECT b FROM offers INTERSECT SELECT b FROM stock) SELECT COUNT(*), COUNT(b) FROM both_sides;

-- case: except_values rows
VALUES (1, 'x'), (2, 'y'), (2, 'y') EXCEPT ALL VALUES (2, 'y');

-- case: intersect_order_by ordered batch
SELECT a, b FROM offers INTERSECT SELECT a, b FROM stock ORDER BY a DESC;

-- case: except_order_limit ordered batch
SELECT a FROM offers EXCEPT SELECT 1 ORDER BY a LIMIT 2 OFFSET 1;

-- case: union_order_in_branch ordered batch
(SELECT a FROM offers ORDER BY a DESC LIMIT 1) UNION ALL (SELECT a FROM stock ORDER BY a DESC LIMIT 1) ORDER BY a;

-- case: intersect_timestamps rows
SELECT ts FROM bids INTERSECT SELECT TIMESTAMP '2024-01-01 00:00:04.000';

-- case: except_rows_and_arrays rows
SELECT ROW(a, b) AS r FROM offers EXCEPT SELECT ROW(a, b) FROM stock;
