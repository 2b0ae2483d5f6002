-- Golden query cases. A line `-- case: NAME [changelog|rows] [streaming|batch]` starts each: `changelog` compares every
-- change in order, `rows` only the final rows, `close` those with numbers to 12 digits; without a mode the case runs in both (batch compares final rows).
-- `record_queries.py` runs them on Apache Flink and writes queries.jsonl. Everything before the first case is set-up.

CREATE TABLE bids (
  id INT, item STRING, price INT, weight DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/bids.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE names (
  item STRING, color STRING
) WITH ('connector' = 'filesystem', 'path' = '${data}/names.csv', 'format' = 'csv');

CREATE VIEW latest AS SELECT item, COUNT(*) AS n, SUM(price) AS total FROM bids GROUP BY item;

-- case: projection changelog
SELECT id, item, price * 2 AS doubled, weight / 2, UPPER(item) || '!' FROM bids;

-- case: star changelog
SELECT * FROM bids;

-- case: qualified_star changelog
SELECT b.*, b.price + 1 FROM bids AS b;

-- case: filter changelog
SELECT id, price FROM bids WHERE price > 10 AND item <> 'fig';

-- case: filter_three_valued changelog
SELECT id FROM bids WHERE NOT (price > 10 OR item = 'apple');

-- case: filter_is_null changelog
SELECT id FROM bids WHERE item IS NULL OR price IS NULL OR weight IS NULL;

-- case: filter_in changelog
SELECT id FROM bids WHERE item IN ('fig', 'pear') AND price NOT IN (1, 25);

-- case: filter_between_like changelog
SELECT id, item FROM bids WHERE price BETWEEN 5 AND 20 AND item LIKE '%p%e%';

-- case: case_when changelog
SELECT id, CASE WHEN price > 20 THEN 'high' WHEN price > 10 THEN 'mid' WHEN price IS NULL THEN 'none' ELSE 'low' END FROM bids;

-- case: case_guards_division changelog
SELECT id, CASE WHEN price <> 15 THEN 100 / (price - 15) ELSE 0 END FROM bids;

-- case: coalesce_nullif changelog
SELECT id, COALESCE(item, 'unknown'), NULLIF(price, 20), COALESCE(weight, price, 0) FROM bids;

-- case: cast changelog
SELECT CAST(price AS STRING), CAST(weight AS INT), CAST(id AS DECIMAL(10, 2)), TRY_CAST(item AS INT), CAST(ts AS DATE), CAST(ts AS STRING) FROM bids;

-- case: values changelog
SELECT * FROM (VALUES (1, 'a', TRUE), (2, 'b', CAST(NULL AS BOOLEAN)), (3, CAST(NULL AS STRING), FALSE)) AS t(x, y, z);

-- case: values_common_type changelog
SELECT x + 1, y FROM (VALUES (1, 1.5), (2, 2)) AS t(x, y);

-- case: union_all rows
SELECT id, item FROM bids WHERE id < 3 UNION ALL SELECT id, item FROM bids WHERE id > 8 UNION ALL SELECT 0, 'x' FROM names;

-- case: union_distinct rows
SELECT item FROM bids UNION SELECT item FROM names;

-- case: group_count changelog
SELECT item, COUNT(*), COUNT(price), COUNT(weight) FROM bids GROUP BY item;

-- case: group_aggregates changelog
SELECT item, SUM(price), AVG(price), MIN(price), MAX(price), SUM(weight), AVG(weight) FROM bids GROUP BY item;

-- case: group_strings changelog
SELECT price, MIN(item), MAX(item) FROM bids GROUP BY price;

-- case: group_two_keys changelog
SELECT item, price, COUNT(*) FROM bids GROUP BY item, price;

-- case: group_expression changelog
SELECT price / 10 AS bucket, COUNT(*) AS n FROM bids GROUP BY price / 10;

-- case: global_aggregate changelog
SELECT COUNT(*), SUM(price), MAX(item), AVG(weight) FROM bids;

-- case: global_aggregate_empty rows
SELECT COUNT(*), SUM(price) FROM bids WHERE id > 100;

-- case: group_empty changelog
SELECT item, COUNT(*) FROM bids WHERE id > 100 GROUP BY item;

-- case: distinct_aggregates changelog
SELECT item, COUNT(DISTINCT price), SUM(DISTINCT price), COUNT(price) FROM bids GROUP BY item;

-- case: global_distinct changelog
SELECT COUNT(DISTINCT item), COUNT(DISTINCT price) FROM bids;

-- case: filter_aggregates changelog
SELECT item, COUNT(*) FILTER (WHERE price > 10), SUM(price) FILTER (WHERE weight > 1), COUNT(DISTINCT price) FILTER (WHERE id > 2) FROM bids GROUP BY item;

-- case: having changelog
SELECT item, COUNT(*) AS n FROM bids GROUP BY item HAVING COUNT(*) > 1;

-- case: having_retracts changelog
SELECT item, SUM(price) AS s FROM bids GROUP BY item HAVING SUM(price) < 40;

-- case: select_distinct changelog
SELECT DISTINCT item, price FROM bids;

-- case: aggregate_decimal changelog
SELECT item, SUM(CAST(weight AS DECIMAL(10, 2))), AVG(CAST(weight AS DECIMAL(10, 2))), MAX(CAST(weight AS DECIMAL(10, 2))) FROM bids GROUP BY item;

-- case: aggregate_temporal changelog
SELECT item, MIN(ts), MAX(ts), MAX(CAST(ts AS DATE)) FROM bids GROUP BY item;

-- case: aggregate_of_aggregate changelog
SELECT n, COUNT(*), SUM(total), MIN(total), MAX(total) FROM latest GROUP BY n;

-- Flink knows that a count only rises and lets MAX(n) skip retractions: its updates show a maximum that is gone.
-- case: aggregate_of_aggregate_global rows
SELECT COUNT(*), SUM(n), MAX(n), MIN(n), COUNT(DISTINCT n), AVG(total) FROM latest;

-- case: average_of_sums changelog
SELECT AVG(s), COUNT(DISTINCT s) FROM (SELECT item, SUM(price) AS s FROM bids GROUP BY item) AS t WHERE s > 5;

-- case: percentile rows
SELECT item, PERCENTILE(price, 0.5), PERCENTILE(price, 0.9) FROM bids GROUP BY item;

-- Flink divides a difference of rounded sums; ours are exact to the last digit but one.
-- case: variance close
SELECT item, VAR_POP(price), STDDEV_SAMP(CAST(price AS DOUBLE)) FROM bids GROUP BY item;

-- case: first_last changelog streaming
SELECT item, FIRST_VALUE(price), LAST_VALUE(price), LISTAGG(CAST(price AS STRING)) FROM bids GROUP BY item;

-- case: join rows
SELECT b.id, b.item, n.color FROM bids AS b JOIN names AS n ON b.item = n.item;

-- case: join_residual rows
SELECT b.id, n.color FROM bids AS b JOIN names AS n ON b.item = n.item AND b.price > 10 AND CHAR_LENGTH(n.color) < b.price;

-- case: join_expression_key rows
SELECT b.id, n.item FROM bids AS b JOIN names AS n ON CHAR_LENGTH(b.item) = CHAR_LENGTH(n.item);

-- case: join_comma rows
SELECT b.id, n.color FROM bids AS b, names AS n WHERE b.item = n.item AND b.id < 4;

-- case: join_using rows
SELECT * FROM (SELECT item, n FROM latest) AS l JOIN names USING (item);

-- case: join_retracting rows
SELECT l.item, l.n, l.total, n.color FROM latest AS l JOIN names AS n ON l.item = n.item;

-- case: join_two_retracting rows
SELECT a.item, b.item, a.n FROM latest AS a JOIN latest AS b ON a.n = b.n;

-- case: join_then_aggregate rows
SELECT n.color, SUM(b.price), COUNT(*) FROM bids AS b JOIN names AS n ON b.item = n.item GROUP BY n.color;

-- case: join_three rows
SELECT a.id, b.id, n.color FROM bids AS a JOIN bids AS b ON a.price = b.price JOIN names AS n ON n.item = b.item;

-- case: subquery changelog
SELECT x FROM (SELECT price + 1 AS x, item FROM bids WHERE item IS NOT NULL) AS t WHERE x > 20;

-- case: with_query changelog
WITH big AS (SELECT * FROM bids WHERE price >= 20), named AS (SELECT item, price FROM big WHERE item IS NOT NULL) SELECT item, MAX(price) FROM named GROUP BY item;

-- case: view changelog
SELECT item, total FROM latest WHERE n > 1;

-- case: tumble rows
SELECT window_start, window_end, item, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, item;

-- case: tumble_no_key rows
SELECT window_start, window_end, COUNT(*), AVG(weight), MAX(item) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_offset rows
SELECT window_start, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '3' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_named rows
SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '20' SECONDS)) GROUP BY window_start, window_end;

-- case: tumble_distinct_filter rows
SELECT window_start, COUNT(DISTINCT item), COUNT(*) FILTER (WHERE price > 10) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: hop rows
SELECT window_start, window_end, COUNT(*), SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end;

-- case: hop_keyed rows
SELECT item, window_start, window_end, MIN(price), MAX(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end, item;

-- case: cumulate rows
SELECT window_start, window_end, item, COUNT(*), SUM(price) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY window_start, window_end, item;

-- case: cumulate_no_key rows
SELECT window_start, window_end, COUNT(*), COUNT(DISTINCT item) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_rows rows
SELECT id, ts, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND));

-- case: hop_rows rows
SELECT id, window_start, window_end FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND));

-- case: tumble_filter_before rows
SELECT window_start, window_end, item, COUNT(*) FROM (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE price > 5) GROUP BY window_start, window_end, item HAVING COUNT(*) > 1;

-- case: window_then_join rows
SELECT w.window_start, w.item, w.s, n.color FROM (SELECT window_start, window_end, item, SUM(price) AS s FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, item) AS w JOIN names AS n ON w.item = n.item;

-- case: window_of_window rows
WITH w AS (SELECT window_time AS rt, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time) SELECT window_start, window_end, SUM(c) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: order_by rows batch
SELECT id, price FROM bids ORDER BY price DESC, id;

-- case: order_by_nulls rows batch
SELECT id, item FROM bids ORDER BY item NULLS LAST, id DESC;

-- case: order_by_limit rows batch
SELECT id, price FROM bids ORDER BY price, id LIMIT 3;

-- case: order_by_offset rows batch
SELECT id FROM bids ORDER BY id DESC OFFSET 2 ROWS FETCH NEXT 4 ROWS ONLY;

-- case: order_by_aggregate rows batch
SELECT item, SUM(price) AS s FROM bids GROUP BY item ORDER BY s DESC, item;

-- case: limit_all rows
SELECT id FROM bids LIMIT 100;
