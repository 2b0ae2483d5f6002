-- case: subquery changelog
SELECT x FROM (SELECT price + 1 AS x, item FROM bids WHERE item IS NOT NULL) AS t WHERE x > 20;

-- case: with_query changelog
WITH big AS (SELECT * FROM bids WHERE price >= 20), named AS (SELECT item, price FROM big WHERE item IS NOT NULL) SELECT item, MAX(price) FROM named GROUP BY item;

-- case: view changelog
SELECT item, total FROM latest WHERE n > 1;

-- case: view_of_view changelog
SELECT * FROM popular WHERE total > 30;

-- case: view_joined rows
SELECT p.item, n.color, p.total FROM popular AS p JOIN names AS n USING (item);

-- case: with_shadows_table changelog
WITH bids AS (SELECT id, k FROM earlier WHERE id > 5) SELECT * FROM bids;

-- case: with_columns changelog
WITH t(a, b) AS (SELECT id, price FROM bids), u AS (SELECT a + b AS c FROM t) SELECT c FROM u WHERE c > 20;
