-- case: rollup rows
SELECT item, price, COUNT(*), SUM(id) FROM bids GROUP BY ROLLUP (item, price);

-- case: cube rows
SELECT item, price > 10, COUNT(*), MAX(weight) FROM bids GROUP BY CUBE (item, price > 10);

-- case: grouping_sets rows
SELECT item, price, COUNT(*) FROM bids GROUP BY GROUPING SETS ((item, price), (item), (price), ());

-- case: grouping_sets_one rows
SELECT item, COUNT(*) FROM bids GROUP BY GROUPING SETS ((item));

-- case: grouping_sets_twice rows
SELECT item, COUNT(*), GROUP_ID() FROM bids GROUP BY GROUPING SETS ((item), (item), ());

-- case: grouping_functions rows
SELECT item, price, GROUPING(item), GROUPING(price), GROUPING(item, price), GROUPING_ID(price, item), COUNT(*) FROM bids GROUP BY CUBE (item, price);

-- case: grouping_function_of_plain_keys rows
SELECT item, GROUPING(item), GROUPING_ID(item), COUNT(*) FROM bids GROUP BY item;

-- case: key_as_argument rows
SELECT item, price, SUM(price), COUNT(item), MIN(item) FROM bids GROUP BY ROLLUP (item, price);

-- case: having_grouping rows
SELECT item, price, COUNT(*) FROM bids GROUP BY CUBE (item, price) HAVING GROUPING(item) = 1 OR COUNT(*) > 1;

-- case: grouping_in_expression rows
SELECT CASE WHEN GROUPING(item) = 1 THEN 'all' ELSE COALESCE(item, 'none') END, SUM(price) FROM bids GROUP BY ROLLUP (item);

-- case: keys_and_rollup rows
SELECT item, price, id, COUNT(*) FROM bids GROUP BY item, ROLLUP (price, id);

-- case: two_rollups rows
SELECT item, price, COUNT(*) FROM bids GROUP BY ROLLUP (item), ROLLUP (price);

-- case: nested_sets rows
SELECT item, price, COUNT(*) FROM bids GROUP BY GROUPING SETS (ROLLUP (item, price), CUBE (price), item);

-- case: composite_columns rows
SELECT item, price, id > 5, COUNT(*) FROM bids GROUP BY ROLLUP ((item, price), id > 5);

-- case: expression_key rows
SELECT price / 10, item, COUNT(DISTINCT id), SUM(price) FILTER (WHERE id > 2) FROM bids GROUP BY GROUPING SETS ((price / 10, item), (price / 10), ());

-- case: empty_input rows
SELECT item, COUNT(*) FROM bids WHERE id > 1000 GROUP BY ROLLUP (item);

-- case: retracting_input rows
SELECT n, total > 30, COUNT(*), SUM(total) FROM latest GROUP BY CUBE (n, total > 30);

-- case: distinct_aggregates rows
SELECT item, COUNT(DISTINCT price), SUM(DISTINCT price) FROM bids GROUP BY ROLLUP (item);

-- case: filtered_above rows
SELECT * FROM (SELECT item, price, COUNT(*) AS n FROM bids GROUP BY ROLLUP (item, price)) AS t WHERE item = 'fig' OR price IS NULL;

-- case: unicode_keys rows
SELECT k, v, COUNT(*) FROM (VALUES ('é', 1), ('日本', 2), ('é', 3), (CAST(NULL AS STRING), 1), ('', 2147483647)) AS t(k, v) GROUP BY CUBE (k, v);

-- case: tumble_grouping_sets rows
SELECT window_start, window_end, item, price, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, GROUPING SETS ((item), (price), ());

-- case: hop_cube rows
SELECT window_start, window_end, item, price > 10, COUNT(*) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end, CUBE (item, price > 10);

-- case: cumulate_rollup rows
SELECT window_start, window_end, item, GROUPING(item), COUNT(*) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) WHERE price > 1 GROUP BY window_start, window_end, ROLLUP (item);

-- case: tumble_grouping_sets_filtered rows
SELECT window_start, window_time, item, COUNT(*) FILTER (WHERE price > 10) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE id <> 4 GROUP BY window_start, window_end, window_time, GROUPING SETS ((item), ()) HAVING COUNT(*) > 1;
