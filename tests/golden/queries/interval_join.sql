-- Joins within an interval of time.

CREATE TABLE orders (
  id INT, customer INT, item STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_orders.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE payments (
  id INT, order_id INT, customer BIGINT, item STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_payments.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE strict (
  id INT, customer INT, item STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_orders.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW nothing AS SELECT id, order_id, ts FROM payments WHERE id < 0;

-- case: inner rows
SELECT o.id, p.id FROM orders AS o JOIN payments AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: inner_comma rows
SELECT o.id, p.id, o.ts, p.ts FROM orders AS o, payments AS p
WHERE o.id = p.order_id AND o.ts >= p.ts - INTERVAL '5' SECOND AND o.ts < p.ts;

-- case: inner_equal_times rows
SELECT o.id, p.id FROM orders AS o JOIN payments AS p ON o.ts = p.ts AND o.item = p.item;

-- case: inner_equal_times_only rows
SELECT o.id, p.id FROM orders AS o JOIN payments AS p ON o.ts = p.ts;

-- case: inner_no_key rows
SELECT o.id, p.id FROM orders AS o JOIN payments AS p
ON p.ts > o.ts - INTERVAL '1' SECOND AND p.ts < o.ts + INTERVAL '3' SECOND;

-- case: inner_condition rows
SELECT o.id, p.id FROM orders AS o JOIN payments AS p
ON o.item = p.item AND p.ts BETWEEN o.ts - INTERVAL '10' SECOND AND o.ts + INTERVAL '10' SECOND AND o.amount < p.id - 97;

-- case: left rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: right rows
SELECT o.id, p.id FROM orders AS o RIGHT JOIN payments AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: full rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: full_condition rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p
ON o.item = p.item AND o.ts BETWEEN p.ts - INTERVAL '4' SECOND AND p.ts + INTERVAL '4' SECOND AND o.customer = p.customer
AND o.amount > 4;

-- case: full_null_keys rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.customer = p.customer AND o.ts = p.ts;

-- case: full_no_key rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p
ON p.ts > o.ts - INTERVAL '1' SECOND AND p.ts < o.ts + INTERVAL '3' SECOND;

-- case: left_nothing rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN nothing AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: full_nothing rows
SELECT p.id, o.id FROM nothing AS p FULL JOIN orders AS o
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND;

-- case: left_far_ahead rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p
ON o.customer = p.customer AND p.ts BETWEEN o.ts + INTERVAL '5' SECOND AND o.ts + INTERVAL '50' SECOND;

-- case: right_far_behind rows
SELECT o.id, p.id FROM orders AS o RIGHT JOIN payments AS p
ON o.customer = p.customer AND p.ts BETWEEN o.ts - INTERVAL '50' SECOND AND o.ts - INTERVAL '5' SECOND;

-- case: left_where_padded_is_null rows
SELECT o.id FROM orders AS o LEFT JOIN payments AS p
ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '4' SECOND WHERE p.id IS NULL;

-- case: self rows
SELECT a.id, b.id FROM orders AS a JOIN orders AS b
ON a.customer = b.customer AND b.ts BETWEEN a.ts - INTERVAL '15' SECOND AND a.ts AND a.id <> b.id;

-- case: chain rows
SELECT o.id, p.id, q.id FROM orders AS o
JOIN payments AS p ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '5' SECOND
JOIN payments AS q ON o.customer = q.customer AND q.ts BETWEEN o.ts AND o.ts + INTERVAL '9' SECOND;

-- case: then_regular rows
SELECT o.id, p.id, n.color FROM orders AS o
JOIN payments AS p ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '5' SECOND
LEFT JOIN names AS n ON o.item = n.item;

-- case: then_windows rows streaming
SELECT window_start, window_end, COUNT(*), SUM(amount) FROM TABLE(TUMBLE(
  DATA => (SELECT o.ts, o.amount FROM orders AS o JOIN payments AS p
           ON o.id = p.order_id AND p.ts BETWEEN o.ts AND o.ts + INTERVAL '5' SECOND),
  TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' SECOND)) GROUP BY window_start, window_end;

-- case: then_aggregate rows
SELECT o.item, COUNT(*), MAX(p.ts) FROM orders AS o JOIN payments AS p
ON o.item = p.item AND p.ts BETWEEN o.ts - INTERVAL '9' SECOND AND o.ts + INTERVAL '9' SECOND GROUP BY o.item;

-- case: of_late_rows rows streaming
SELECT a.id, b.id FROM strict AS a JOIN strict AS b ON a.ts = b.ts;

-- case: one_bound_only rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id AND p.ts >= o.ts + INTERVAL '3' SECOND;

-- case: before_1970 rows
SELECT a.id, b.id FROM earlier AS a JOIN earlier AS b
ON a.k = b.k AND b.ts BETWEEN a.ts - INTERVAL '8' SECOND AND a.ts - INTERVAL '0.5' SECOND;
