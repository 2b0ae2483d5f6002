-- Outer joins and joins without equal keys, over input that only grows and input that changes.

CREATE TABLE orders (
  id INT, customer INT, item STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_orders.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE payments (
  id INT, order_id INT, customer BIGINT, item STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '15' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/join_payments.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW nothing AS SELECT id, order_id, item FROM payments WHERE id < 0;

CREATE VIEW by_item AS SELECT item, COUNT(*) AS n, MAX(amount) AS most FROM orders GROUP BY item;

CREATE VIEW paid AS SELECT order_id, COUNT(*) AS n FROM payments GROUP BY order_id;

-- case: left rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id;

-- case: right rows
SELECT o.id, p.id FROM orders AS o RIGHT JOIN payments AS p ON o.id = p.order_id;

-- case: full rows
SELECT o.id, p.id FROM orders AS o FULL OUTER JOIN payments AS p ON o.id = p.order_id;

-- case: left_condition rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id AND o.item = p.item AND o.amount > 4;

-- case: right_condition rows
SELECT o.id, p.id FROM orders AS o RIGHT JOIN payments AS p ON o.id = p.order_id AND o.customer < p.id AND p.id > 102;

-- case: full_condition rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.item = p.item AND o.ts < p.ts;

-- case: full_one_sided_conditions rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.id = p.order_id AND o.id > 2 AND p.id < 107;

-- case: left_null_keys rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.customer = p.customer;

-- case: full_null_keys rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.item = p.item AND o.customer = p.customer;

-- case: full_null_safe rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.item IS NOT DISTINCT FROM p.item;

-- case: left_null_safe_and_equal rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p
ON o.item IS NOT DISTINCT FROM p.item AND o.customer = p.customer;

-- case: left_nothing rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN nothing AS p ON o.id = p.order_id;

-- case: right_nothing rows
SELECT o.id, p.id FROM orders AS o RIGHT JOIN nothing AS p ON o.id = p.order_id;

-- case: full_nothing rows
SELECT p.id, o.id FROM nothing AS p FULL JOIN orders AS o ON o.id = p.order_id;

-- case: left_using rows
SELECT * FROM (SELECT id, item FROM orders) AS o LEFT JOIN (SELECT item, order_id FROM payments) AS p USING (item);

-- case: right_using rows
SELECT * FROM (SELECT id, item FROM orders) AS o RIGHT JOIN (SELECT item, order_id FROM payments) AS p USING (item);

-- case: full_using rows
SELECT *, o.item AS o_item FROM (SELECT id, item FROM orders) AS o
FULL JOIN (SELECT item, order_id FROM payments) AS p USING (item);

-- case: left_where_preserved rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id WHERE o.amount > 3;

-- case: left_where_padded_is_null rows
SELECT o.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id WHERE p.id IS NULL;

-- case: left_where_rejects_nulls rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id WHERE p.id > 102;

-- case: full_where_rejects_left_nulls rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.id = p.order_id WHERE o.amount > 3;

-- case: full_where_of_both rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.id = p.order_id
WHERE o.amount > 3 OR p.item = 'melon';

-- case: full_where_coalesce rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.id = p.order_id WHERE COALESCE(o.item, p.item) = 'fig';

-- case: left_of_types rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.customer = p.customer AND o.id = p.order_id;

-- case: left_decimal_key rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON CAST(o.id AS DECIMAL(10, 2)) = p.order_id;

-- case: cross rows
SELECT o.id, p.id FROM orders AS o CROSS JOIN payments AS p WHERE o.id + p.id = 108;

-- case: left_unequal rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON o.id + 101 < p.order_id;

-- case: full_unequal rows
SELECT o.id, p.id FROM orders AS o FULL JOIN payments AS p ON o.amount > p.order_id AND o.customer > 15;

-- case: left_on_true rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN (SELECT id FROM payments WHERE id > 108) AS p ON TRUE;

-- case: left_on_false rows
SELECT o.id, p.id FROM orders AS o LEFT JOIN payments AS p ON FALSE;

-- case: full_on_true_nothing rows
SELECT o.id, p.id FROM orders AS o FULL JOIN nothing AS p ON TRUE;

-- case: left_retracting_right rows
SELECT o.id, b.n, b.most FROM orders AS o LEFT JOIN by_item AS b ON o.item = b.item;

-- case: left_retracting_left rows
SELECT b.item, b.n, p.id FROM by_item AS b LEFT JOIN payments AS p ON b.item = p.item;

-- case: left_retracting_key rows
SELECT b.item, b.n, p.order_id FROM by_item AS b LEFT JOIN payments AS p ON b.n = p.order_id;

-- case: full_retracting_both rows
SELECT b.item, b.n, p.order_id, p.n FROM by_item AS b FULL JOIN paid AS p ON b.n = p.n;

-- case: full_retracting_condition rows
SELECT b.item, b.most, p.order_id, p.n FROM by_item AS b FULL JOIN paid AS p ON b.n = p.n AND b.most > p.order_id;

-- case: right_retracting_unequal rows
SELECT b.item, p.order_id, p.n FROM by_item AS b RIGHT JOIN paid AS p ON b.n < p.n;

-- case: left_changes rows streaming
SELECT c.id, c.k, c.v, n.color FROM changes AS c LEFT JOIN names AS n ON c.k = n.item;

-- case: full_changes rows streaming
SELECT a.id, a.k, a.v, n.item, n.color FROM changes AS a FULL JOIN names AS n ON a.k = n.item;

-- case: full_keyed_changes rows streaming
SELECT a.id, a.v, b.id, b.v FROM keyed_changes AS a FULL JOIN changes AS b ON a.id = b.id AND a.v < b.v + 1;

-- case: left_changes_with_themselves rows streaming
SELECT a.id, b.id FROM keyed_changes AS a LEFT JOIN keyed_changes AS b ON a.v = b.id;

-- case: left_then_aggregate rows
SELECT o.item, COUNT(p.id), COUNT(*) FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id GROUP BY o.item;

-- case: aggregate_of_full rows
SELECT COUNT(o.id), COUNT(p.id), COUNT(*) FROM orders AS o FULL JOIN payments AS p ON o.item = p.item;

-- case: chain_left_left rows
SELECT o.id, p.id, n.color FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id
LEFT JOIN names AS n ON p.item = n.item;

-- case: chain_left_inner rows
SELECT o.id, p.id, n.color FROM orders AS o LEFT JOIN payments AS p ON o.id = p.order_id
JOIN names AS n ON o.item = n.item;

-- case: chain_full_full rows
SELECT o.id, p.id, n.color FROM orders AS o FULL JOIN payments AS p ON o.id = p.order_id
FULL JOIN names AS n ON p.item = n.item;

-- case: nested_right rows
SELECT o.id, p.id, n.color FROM names AS n
RIGHT JOIN (orders AS o JOIN payments AS p ON o.id = p.order_id) ON n.item = o.item;

-- case: comma_in_any_order rows
SELECT o.id, p.id, n.color FROM orders AS o, names AS n, payments AS p WHERE p.order_id = o.id AND n.item = p.item;

-- case: comma_four rows
SELECT o.id, n.color, p.id, q.id FROM orders AS o, names AS n, payments AS p, payments AS q
WHERE q.item = n.item AND o.id = p.order_id AND p.customer = q.customer AND o.amount > 1;

-- case: comma_star rows
SELECT * FROM (SELECT id FROM orders) AS a, (SELECT item, color FROM names) AS b, (SELECT order_id, item FROM payments) AS c
WHERE a.id = c.order_id AND c.item = b.item;
