-- Joins of rows of the same window.

CREATE TABLE orders (
  id INT, customer INT, item STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_orders.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE payments (
  id INT, order_id INT, customer BIGINT, item STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_payments.csv', 'format' = 'csv', 'csv.null-literal' = '');

-- case: inner rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
INNER JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: inner_no_key rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
INNER JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: inner_condition rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
INNER JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item AND o.customer < p.id AND o.amount > 4;

-- case: left rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
LEFT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: left_no_key rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
LEFT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: left_condition rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
LEFT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item AND o.customer < p.id AND o.amount > 4;

-- case: right rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
RIGHT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: right_no_key rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
RIGHT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: right_condition rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
RIGHT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item AND o.customer < p.id AND o.amount > 4;

-- case: full rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
FULL JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: full_no_key rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
FULL JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: full_condition rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
FULL JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item AND o.customer < p.id AND o.amount > 4;

-- case: left_unequal rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
LEFT JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.amount > p.order_id;

-- case: full_null_safe rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
FULL JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item IS NOT DISTINCT FROM p.item;

-- case: where_comma rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o, TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p
WHERE o.window_start = p.window_start AND o.window_end = p.window_end AND o.customer = p.customer AND p.id > 102;

-- case: semi rows
SELECT o.id, o.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
WHERE EXISTS (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p WHERE o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end);

-- case: semi_in rows
SELECT o.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
WHERE o.item IN (SELECT p.item FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p WHERE o.window_start = p.window_start AND o.window_end = p.window_end);

-- case: anti rows
SELECT o.id, o.window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
WHERE NOT EXISTS (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p WHERE o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end);

-- case: anti_condition rows
SELECT o.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
WHERE NOT EXISTS (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p WHERE o.item = p.item AND o.window_start = p.window_start AND o.window_end = p.window_end AND p.id > 102);

-- case: anti_not_in rows
SELECT o.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
WHERE o.item NOT IN (SELECT p.item FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p WHERE o.window_start = p.window_start AND o.window_end = p.window_end);

-- case: hop_inner rows
SELECT o.id, p.id, o.window_start, o.window_end FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) AS o
JOIN TABLE(HOP(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: hop_full rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(HOP(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) AS o
FULL JOIN TABLE(HOP(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: cumulate_inner rows
SELECT o.id, p.id, o.window_start, o.window_end FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) AS o
JOIN TABLE(CUMULATE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: cumulate_full rows
SELECT o.id, p.id, o.window_start, p.window_end FROM TABLE(CUMULATE(TABLE orders, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) AS o
FULL JOIN TABLE(CUMULATE(TABLE payments, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: left_nothing rows
SELECT o.id, p.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
LEFT JOIN (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE id < 0) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: full_nothing rows
SELECT p.id, o.id FROM (SELECT * FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE id < 0) AS p
FULL JOIN TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
ON o.window_start = p.window_start AND o.window_end = p.window_end;

-- case: of_sub_queries rows
SELECT o.i, p.id FROM (SELECT id + 1 AS i, item, window_start, window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE amount > 1) AS o
JOIN (SELECT window_end, id, window_start, item FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND))) AS p
ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: of_window_aggregates rows
SELECT o.item, o.n, p.n, o.window_start FROM
(SELECT item, COUNT(*) AS n, window_start, window_end FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY item, window_start, window_end) AS o
FULL JOIN (SELECT item, COUNT(*) AS n, window_start, window_end FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY item, window_start, window_end) AS p ON o.window_start = p.window_start AND o.window_end = p.window_end AND o.item = p.item;

-- case: then_aggregate rows
SELECT ws, COUNT(*), MAX(pid) FROM (SELECT o.window_start AS ws, o.window_end AS we, p.id AS pid FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS o
JOIN TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS p ON o.window_start = p.window_start AND o.window_end = p.window_end) GROUP BY ws, we;

-- case: self rows
SELECT a.id, b.id FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS a
JOIN TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ts), INTERVAL '10' SECOND)) AS b
ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.item = b.item AND a.id < b.id;
