CREATE TABLE offers (a INT, b STRING, c INT)
WITH ('connector' = 'filesystem', 'path' = '${data}/offers.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE stock (a INT, b STRING, c INT)
WITH ('connector' = 'filesystem', 'path' = '${data}/stock.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW nothing AS SELECT * FROM stock WHERE a > 1000;

CREATE VIEW complete AS SELECT a, b, c FROM stock WHERE a IS NOT NULL AND b IS NOT NULL AND c IS NOT NULL;

-- case: in rows
SELECT a, b FROM offers WHERE a IN (SELECT a FROM stock);

-- case: in_nothing rows
SELECT a FROM offers WHERE a IN (SELECT a FROM nothing);

-- case: in_other_type rows
SELECT a FROM offers WHERE a IN (SELECT CAST(c AS BIGINT) - 8 FROM stock);

-- case: in_expression rows
SELECT a FROM offers WHERE a + 1 IN (SELECT a FROM stock WHERE b IS NOT NULL);

-- case: in_set_operation rows
SELECT id FROM bids WHERE item IN (SELECT item FROM names UNION SELECT 'fig');

-- case: in_correlated rows
SELECT a, b FROM offers AS o WHERE c IN (SELECT s.c FROM stock AS s WHERE s.a = o.a);

-- case: in_rows rows
SELECT a, b FROM offers WHERE (a, b) IN (SELECT a, b FROM stock);

-- case: in_rows_correlated rows
SELECT a, b FROM offers AS o WHERE (a, b) IN (SELECT s.a, s.b FROM stock AS s WHERE s.c = o.c);

-- case: in_and_others rows
SELECT id FROM bids WHERE price > 10 AND item IN (SELECT item FROM names) AND id IN (SELECT id FROM earlier);

-- case: in_or rows
SELECT a, b FROM offers WHERE a IN (SELECT a FROM stock WHERE c > 15) OR b = 'apple';

-- case: in_or_in rows
SELECT a, b FROM offers WHERE a IN (SELECT a FROM stock WHERE c > 15) OR b IN (SELECT b FROM stock WHERE c = 25);

-- case: in_retracting rows
SELECT id, item FROM bids WHERE item IN (SELECT item FROM latest WHERE n = 3);

-- case: in_retracting_left rows
SELECT item, n FROM latest WHERE n IN (SELECT id FROM earlier WHERE id < 4);

-- case: in_retracting_both rows
SELECT item, n FROM latest WHERE n IN (SELECT n FROM latest WHERE item <> 'apple');

-- case: in_changes rows streaming
SELECT id FROM bids WHERE id IN (SELECT id FROM changes);

-- case: not_in rows
SELECT a FROM offers WHERE a NOT IN (SELECT a FROM complete);

-- case: not_in_null_inside rows
SELECT a FROM offers WHERE a NOT IN (SELECT a FROM stock);

-- case: not_in_nothing rows
SELECT a FROM offers WHERE a NOT IN (SELECT a FROM nothing);

-- case: not_in_not_null rows
SELECT id FROM bids WHERE COALESCE(item, '') NOT IN (SELECT COALESCE(k, '') FROM earlier);

-- case: not_in_correlated rows
SELECT a, b FROM offers AS o WHERE c NOT IN (SELECT s.c FROM stock AS s WHERE s.b = o.b);

-- case: not_in_rows rows
SELECT a, b FROM offers WHERE (a, b) NOT IN (SELECT a, b FROM stock WHERE a > 1);

-- case: not_in_retracting rows
SELECT id, item FROM bids WHERE item NOT IN (SELECT item FROM latest WHERE n = 3 AND item IS NOT NULL);

-- case: not_in_or rows
SELECT a, c FROM offers WHERE a NOT IN (SELECT a FROM stock WHERE c > 15) OR c = 7;

-- case: not_in_null_or rows
SELECT a, c FROM offers WHERE a NOT IN (SELECT a FROM stock) OR c = 7;

-- case: exists rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT * FROM stock AS s WHERE s.a = o.a);

-- case: exists_uncorrelated rows
SELECT a FROM offers WHERE EXISTS (SELECT * FROM stock WHERE a = 6);

-- case: exists_nothing rows
SELECT a FROM offers WHERE EXISTS (SELECT * FROM nothing);

-- case: exists_unequal rows
SELECT a, c FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.c > o.c);

-- case: exists_equal_and_unequal rows
SELECT a, c FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a AND s.c > o.c);

-- case: exists_of_join rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s JOIN names AS n ON s.b = n.item WHERE s.a = o.a AND n.color <> 'red');

-- case: exists_null_safe rows
-- differs: Flink finds no partner for NULL by IS NOT DISTINCT FROM
SELECT a, b FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.b IS NOT DISTINCT FROM o.b);

-- case: exists_group rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT s.b FROM stock AS s WHERE s.a = o.a GROUP BY s.b HAVING COUNT(*) > 1);

-- case: exists_aggregate rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT COUNT(*) FROM stock AS s WHERE s.a = o.a);

-- case: exists_limit rows
-- differs: Flink takes the LIMIT of the sub-query for all outer rows together
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a LIMIT 1);

-- case: exists_union rows
-- differs: Flink cannot plan it: unexpected correlate variable
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a UNION ALL SELECT 2 FROM names AS n WHERE n.item = o.b);

-- case: exists_or rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a) OR o.c = 10;

-- case: exists_retracting rows
SELECT id FROM bids AS b WHERE EXISTS (SELECT 1 FROM latest AS l WHERE l.item = b.item AND l.n > 2);

-- case: not_exists rows
SELECT a FROM offers AS o WHERE NOT EXISTS (SELECT * FROM stock AS s WHERE s.a = o.a);

-- case: not_exists_uncorrelated rows
SELECT a FROM offers WHERE NOT EXISTS (SELECT * FROM nothing);

-- case: not_exists_unequal rows
SELECT a, c FROM offers AS o WHERE NOT EXISTS (SELECT 1 FROM stock AS s WHERE s.c > o.c);

-- case: not_exists_retracting rows
SELECT id FROM bids AS b WHERE NOT EXISTS (SELECT 1 FROM latest AS l WHERE l.item = b.item AND l.n > 2);

-- case: not_exists_retracting_both rows
SELECT item, n FROM latest AS l WHERE NOT EXISTS (SELECT 1 FROM latest AS m WHERE m.n > l.n);

-- case: not_exists_changes rows streaming
SELECT id FROM bids AS b WHERE NOT EXISTS (SELECT 1 FROM changes AS c WHERE c.id = b.id AND c.v > 10);

-- case: exists_nested rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a AND EXISTS (SELECT 1 FROM names AS n WHERE n.item = s.b));

-- case: exists_nested_two_levels_up rows
SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a AND EXISTS (SELECT 1 FROM names AS n WHERE n.item = o.b));

-- case: scalar rows
SELECT id, price FROM bids WHERE price > (SELECT AVG(price) FROM bids);

-- case: scalar_select rows
SELECT a, (SELECT MAX(c) FROM stock) AS m FROM offers;

-- case: scalar_nothing rows
SELECT a, (SELECT MAX(c) FROM nothing) AS m, (SELECT a FROM nothing) AS s FROM offers;

-- case: scalar_count_nothing rows batch
SELECT a, (SELECT COUNT(*) FROM nothing) AS n FROM offers;

-- case: scalar_count_nothing_streaming rows streaming
-- differs: Flink's count of a stream that has no rows yet is NULL; as a COUNT it is 0
SELECT a, (SELECT COUNT(*) FROM nothing) AS n FROM offers;

-- case: scalar_without_aggregate rows
SELECT a, (SELECT color FROM names WHERE item = 'apple') AS color FROM offers;

-- case: scalar_arithmetic rows
SELECT id, price - (SELECT MIN(price) FROM bids) AS over_least FROM bids;

-- case: scalar_in_case rows
SELECT id, CASE WHEN price > (SELECT AVG(price) FROM bids) THEN 'high' ELSE 'low' END AS level FROM bids;

-- case: scalar_twice rows
SELECT id FROM bids WHERE price BETWEEN (SELECT MIN(price) FROM bids) + 4 AND (SELECT MAX(price) FROM bids) - 5;

-- case: scalar_correlated rows
SELECT id, price FROM bids AS b WHERE price = (SELECT MAX(price) FROM bids AS o WHERE o.item = b.item);

-- case: scalar_correlated_select rows
SELECT a, (SELECT SUM(s.c) FROM stock AS s WHERE s.a = o.a) AS total FROM offers AS o;

-- case: scalar_correlated_count rows
SELECT a, (SELECT COUNT(*) FROM stock AS s WHERE s.a = o.a) AS n FROM offers AS o;

-- case: scalar_correlated_count_where rows
SELECT a, b FROM offers AS o WHERE (SELECT COUNT(*) FROM stock AS s WHERE s.a = o.a) = 0;

-- case: scalar_correlated_count_plus rows
SELECT a, (SELECT COUNT(*) + 1 FROM stock AS s WHERE s.a = o.a AND s.c > 15) AS n FROM offers AS o;

-- case: scalar_correlated_expression rows
-- differs: Flink takes an outer column beside an aggregate for one that is not grouped by
SELECT a, (SELECT MAX(s.c) + o.c FROM stock AS s WHERE s.a = o.a) AS m FROM offers AS o;

-- case: scalar_correlated_without_aggregate rows
SELECT item, (SELECT n.color FROM names AS n WHERE n.item = l.item AND n.color <> 'green') AS color FROM latest AS l;

-- case: scalar_correlated_having rows
SELECT a, (SELECT COUNT(*) FROM stock AS s WHERE s.a = o.a HAVING COUNT(*) > 1) AS n FROM offers AS o;

-- case: scalar_correlated_distinct rows
SELECT a, (SELECT DISTINCT s.b FROM stock AS s WHERE s.a = o.a) AS b FROM offers AS o;

-- case: scalar_retracting rows
SELECT id, (SELECT MAX(n) FROM latest) AS m FROM bids;

-- case: scalar_correlated_retracting rows
SELECT id, (SELECT l.n FROM latest AS l WHERE l.item = b.item) AS n FROM bids AS b;

-- case: scalar_correlated_retracting_left rows
SELECT item, n, (SELECT COUNT(*) FROM names AS m WHERE m.item = l.item) AS colors FROM latest AS l;

-- case: scalar_nested rows
SELECT id FROM bids WHERE price = (SELECT MAX(price) FROM bids WHERE price < (SELECT MAX(price) FROM bids));

-- case: scalar_nested_correlated rows
SELECT a FROM offers AS o WHERE c <= (SELECT MAX(s.c) FROM stock AS s WHERE s.a = o.a AND s.c > (SELECT MIN(t.c) FROM stock AS t WHERE t.b = s.b));

-- case: scalar_having rows
SELECT item, SUM(price) AS total FROM bids GROUP BY item HAVING SUM(price) > (SELECT AVG(total) FROM latest);

-- case: scalar_having_correlated rows
-- differs: Flink cannot plan it: it compares the wrong columns
SELECT item, COUNT(*) AS n FROM bids AS b GROUP BY item HAVING COUNT(*) > (SELECT COUNT(*) FROM names AS m WHERE m.item = b.item);

-- case: scalar_select_grouped rows
-- differs: Flink cannot plan it: it compares the wrong columns
SELECT item, COUNT(*) AS n, (SELECT COUNT(*) FROM names AS m WHERE m.item = b.item) AS colors FROM bids AS b GROUP BY item;

-- case: exists_having rows
-- differs: Flink cannot plan it: it compares the wrong columns
SELECT item, COUNT(*) FROM bids AS b GROUP BY item HAVING EXISTS (SELECT 1 FROM names AS n WHERE n.item = b.item);

-- case: in_having rows
SELECT item, COUNT(*) FROM bids GROUP BY item HAVING COUNT(*) IN (SELECT a FROM stock);

-- case: in_select rows batch
SELECT a, a IN (SELECT a FROM complete) AS found FROM offers;

-- case: in_select_streaming rows streaming
-- differs: Flink's job fails
SELECT a, a IN (SELECT a FROM complete) AS found FROM offers;

-- case: in_select_null_inside rows
SELECT a, a IN (SELECT a FROM stock) AS found FROM offers;

-- case: in_select_nothing rows batch
SELECT a, a IN (SELECT a FROM nothing) AS found FROM offers;

-- case: in_select_nothing_streaming rows streaming
-- differs: Flink waits for the first row of the sub-query; x IN (nothing) is FALSE
SELECT a, a IN (SELECT a FROM nothing) AS found FROM offers;

-- case: not_in_select rows
SELECT a, a NOT IN (SELECT a FROM stock) AS missing FROM offers;

-- case: in_select_correlated rows
-- differs: NULL IN (nothing) is FALSE; Flink says UNKNOWN
SELECT a, c, c IN (SELECT s.c FROM stock AS s WHERE s.b = o.b) AS found FROM offers AS o;

-- case: exists_select rows
SELECT a, EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a) AS found FROM offers AS o;

-- case: not_exists_select rows
SELECT a, NOT EXISTS (SELECT 1 FROM stock AS s WHERE s.a = o.a) AS missing FROM offers AS o;

-- case: exists_uncorrelated_select rows
SELECT a, EXISTS (SELECT 1 FROM nothing) AS found FROM offers;

-- case: in_case rows
SELECT id, CASE WHEN item IN (SELECT item FROM names) THEN 'named' ELSE 'unnamed' END AS what FROM bids;

-- case: in_aggregate_argument rows
SELECT SUM(CASE WHEN item IN (SELECT item FROM names) THEN price ELSE 0 END) AS s FROM bids;

-- case: exists_filter rows
SELECT COUNT(*) FILTER (WHERE item IN (SELECT item FROM names)) AS n FROM bids;

-- case: in_group_by rows
SELECT item IN (SELECT item FROM names) AS named, COUNT(*) FROM bids GROUP BY item IN (SELECT item FROM names);

-- case: any_equal rows
SELECT a FROM offers WHERE a = ANY (SELECT a FROM stock);

-- case: some_greater rows
SELECT a, c FROM offers WHERE c > SOME (SELECT c FROM complete WHERE c > 8);

-- case: any_greater_nulls rows
SELECT a, c, c > ANY (SELECT c FROM stock WHERE a IS NULL) AS above FROM offers;

-- case: all_greater rows
SELECT a, c FROM offers WHERE c >= ALL (SELECT c FROM complete WHERE c < 20);

-- case: all_nothing rows batch
SELECT a FROM offers WHERE c > ALL (SELECT c FROM nothing);

-- case: all_nothing_streaming rows streaming
-- differs: Flink waits for the first row of the sub-query; x > ALL (nothing) is TRUE
SELECT a FROM offers WHERE c > ALL (SELECT c FROM nothing);

-- case: all_unequal rows
SELECT a FROM offers WHERE a <> ALL (SELECT a FROM complete);

-- case: any_unequal rows
SELECT a FROM offers WHERE a <> ANY (SELECT a FROM complete WHERE a = 1);

-- case: all_equal rows
-- differs: Flink finds 1 = ALL (1) FALSE
SELECT a FROM offers WHERE a = ALL (SELECT a FROM complete WHERE a = 1);

-- case: all_less_correlated rows
SELECT a, c FROM offers AS o WHERE c <= ALL (SELECT s.c FROM stock AS s WHERE s.b = o.b);

-- case: in_join_condition rows
-- differs: Flink's planner fails with a NullPointerException
SELECT o.a, s.c FROM offers AS o JOIN stock AS s ON o.a = s.a AND o.b IN (SELECT item FROM names);

-- case: exists_join_condition rows
SELECT o.a, s.c FROM offers AS o JOIN stock AS s ON o.a = s.a AND EXISTS (SELECT 1 FROM names WHERE color = 'blue');

-- case: lateral rows
SELECT o.a, t.c FROM offers AS o, LATERAL (SELECT s.c FROM stock AS s WHERE s.a = o.a) AS t;

-- case: lateral_names rows
SELECT o.a, t.x, t.y FROM offers AS o CROSS JOIN LATERAL (SELECT s.c, s.b FROM stock AS s WHERE s.a = o.a) AS t(x, y);

-- case: lateral_unequal rows
SELECT o.a, t.c FROM offers AS o, LATERAL (SELECT s.c FROM stock AS s WHERE s.c < o.c) AS t;

-- case: lateral_aggregate rows
-- differs: Flink drops outer rows for which an aggregation without GROUP BY counts no row
SELECT o.a, t.total FROM offers AS o, LATERAL (SELECT SUM(s.c) AS total FROM stock AS s WHERE s.a = o.a) AS t;

-- case: lateral_count rows
-- differs: Flink drops outer rows for which an aggregation without GROUP BY counts no row
SELECT o.a, t.n FROM offers AS o, LATERAL (SELECT COUNT(*) AS n FROM stock AS s WHERE s.a = o.a) AS t;

-- case: lateral_group rows
SELECT o.a, t.b, t.n FROM offers AS o, LATERAL (SELECT s.b, COUNT(*) AS n FROM stock AS s WHERE s.a = o.a GROUP BY s.b) AS t;

-- case: lateral_left rows
SELECT o.a, t.c FROM offers AS o LEFT JOIN LATERAL (SELECT s.c FROM stock AS s WHERE s.a = o.a) AS t ON TRUE;

-- case: lateral_left_aggregate rows
SELECT o.a, t.n FROM offers AS o LEFT JOIN LATERAL (SELECT COUNT(*) AS n FROM stock AS s WHERE s.a = o.a) AS t ON TRUE;

-- case: lateral_expression rows
SELECT o.a, t.d FROM offers AS o, LATERAL (SELECT s.c - o.c AS d FROM stock AS s WHERE s.a = o.a) AS t;

-- case: lateral_top_n rows
-- differs: Flink cannot plan it: unexpected correlate variable
SELECT i.item, t.id, t.price FROM (SELECT DISTINCT item FROM names) AS i, LATERAL (SELECT id, price FROM bids AS b WHERE b.item = i.item ORDER BY price DESC, id LIMIT 2) AS t;

-- case: lateral_top_one rows
-- differs: Flink cannot plan it: unexpected correlate variable
SELECT i.item, t.id FROM (SELECT DISTINCT item FROM names) AS i LEFT JOIN LATERAL (SELECT id FROM bids AS b WHERE b.item = i.item ORDER BY price, id LIMIT 1) AS t ON TRUE;

-- case: lateral_retracting rows
SELECT l.item, l.n, t.color FROM latest AS l, LATERAL (SELECT m.color FROM names AS m WHERE m.item = l.item) AS t;

-- case: lateral_of_retracting rows
SELECT m.item, m.color, t.n FROM names AS m, LATERAL (SELECT l.n FROM latest AS l WHERE l.item = m.item) AS t;

-- case: with_inside rows
SELECT a FROM offers AS o WHERE EXISTS (WITH w AS (SELECT s.a FROM stock AS s WHERE s.c = o.c) SELECT 1 FROM w WHERE w.a = o.a);

-- case: with_outside rows
WITH w AS (SELECT a, c FROM stock WHERE c > 5) SELECT a FROM offers AS o WHERE EXISTS (SELECT 1 FROM w WHERE w.a = o.a);

-- case: inner_name_first rows
SELECT a FROM offers WHERE a IN (SELECT a FROM stock WHERE a = 5 AND b <> 'x');

-- case: subquery_of_subquery_from rows
SELECT a FROM (SELECT a, c FROM offers WHERE c IN (SELECT c FROM stock)) AS t WHERE t.a NOT IN (SELECT a FROM complete WHERE a = 1);

-- case: distinct_over_in rows
SELECT DISTINCT item FROM bids WHERE item IN (SELECT item FROM names);

-- case: aggregate_over_exists rows
SELECT b.item, COUNT(*), SUM(b.price) FROM bids AS b WHERE EXISTS (SELECT 1 FROM names AS n WHERE n.item = b.item) GROUP BY b.item;

-- case: order_by_scalar ordered batch
SELECT id FROM bids AS b ORDER BY (SELECT COUNT(*) FROM names AS n WHERE n.item = b.item) DESC, id LIMIT 4;

-- case: values_subquery rows
SELECT x, (SELECT MAX(price) FROM bids) AS m FROM (VALUES (1), (2)) AS t(x);

-- case: without_from rows
SELECT (SELECT MAX(price) FROM bids) AS m, EXISTS (SELECT 1 FROM names) AS e;

-- case: in_grouped rows
SELECT a, b FROM offers WHERE b IN (SELECT b FROM stock GROUP BY b HAVING COUNT(*) > 1);

-- case: not_in_having rows
SELECT b, COUNT(*) FROM offers GROUP BY b HAVING COUNT(*) NOT IN (SELECT a FROM complete WHERE a > 2);

-- case: exists_division rows
SELECT DISTINCT b FROM offers AS o WHERE NOT EXISTS (SELECT 1 FROM names AS n WHERE n.item = o.b AND NOT EXISTS (SELECT 1 FROM stock AS s WHERE s.b = n.item AND s.c > 15));

-- case: exists_in_case rows
SELECT id, CASE WHEN EXISTS (SELECT 1 FROM names AS n WHERE n.item = b.item) THEN 1 ELSE 0 END AS named FROM bids AS b;

-- case: in_and_not_in rows
SELECT a FROM offers WHERE a IN (SELECT a FROM stock) AND b NOT IN (SELECT item FROM names WHERE item <> 'pear');

-- case: in_select_retracting rows
SELECT id, item IN (SELECT item FROM latest WHERE n > 2) AS often FROM bids WHERE item IS NOT NULL;

-- case: exists_select_retracting rows
SELECT item, n, EXISTS (SELECT 1 FROM latest AS m WHERE m.n > l.n) AS topped FROM latest AS l;

-- case: scalar_correlated_unequal rows
SELECT a, c, (SELECT COUNT(*) FROM stock AS s WHERE s.c < o.c) AS below FROM offers AS o;

-- case: scalar_correlated_two rows
SELECT a, (SELECT MIN(s.c) FROM stock AS s WHERE s.a = o.a) AS least, (SELECT MAX(s.c) FROM stock AS s WHERE s.b = o.b) AS most FROM offers AS o;

-- case: scalar_correlated_average rows
SELECT id, item, price FROM bids AS b WHERE price > (SELECT AVG(o.price) FROM bids AS o WHERE o.item = b.item);

-- case: scalar_correlated_of_join rows
SELECT item, (SELECT COUNT(*) FROM stock AS s JOIN names AS n ON s.b = n.item WHERE s.b = l.item) AS n FROM latest AS l;

-- case: scalar_coalesced rows
SELECT a, COALESCE((SELECT SUM(s.c) FROM stock AS s WHERE s.a = o.a), 0) AS total FROM offers AS o;

-- case: scalar_changes rows streaming
SELECT id, (SELECT COUNT(*) FROM changes AS c WHERE c.id < b.id) AS n FROM bids AS b;

-- case: scalar_limit rows batch
SELECT a, (SELECT price FROM bids ORDER BY price DESC LIMIT 1) AS most FROM offers;

-- case: some_less_correlated rows
SELECT a, c FROM offers AS o WHERE c < SOME (SELECT s.c FROM stock AS s WHERE s.b = o.b);

-- case: not_any rows
SELECT a, c FROM offers WHERE NOT (c > ANY (SELECT c FROM complete));

-- case: lateral_two_tables rows
SELECT o.a, n.color, t.c FROM offers AS o JOIN names AS n ON o.b = n.item, LATERAL (SELECT s.c FROM stock AS s WHERE s.a = o.a AND s.b = n.item) AS t;

-- case: lateral_values rows
-- differs: Flink cannot plan it: unexpected correlate variable
SELECT o.a, t.x FROM offers AS o, LATERAL (VALUES (o.a), (o.c)) AS t(x);

-- case: lateral_union rows
-- differs: Flink cannot plan it: unexpected correlate variable
SELECT o.a, t.x FROM offers AS o, LATERAL (SELECT s.c AS x FROM stock AS s WHERE s.a = o.a UNION ALL SELECT o.c) AS t;

-- case: lateral_distinct rows
SELECT o.a, t.b FROM offers AS o, LATERAL (SELECT DISTINCT s.b FROM stock AS s WHERE s.a = o.a) AS t;

-- case: lateral_of_lateral rows
SELECT o.a, t.c, u.color FROM offers AS o, LATERAL (SELECT s.b, s.c FROM stock AS s WHERE s.a = o.a) AS t, LATERAL (SELECT n.color FROM names AS n WHERE n.item = t.b) AS u;

-- case: subquery_in_view_of_view rows
SELECT item, total FROM popular AS p WHERE total > (SELECT MIN(q.total) FROM popular AS q) OR item IN (SELECT item FROM names WHERE color = 'red');

-- case: in_twice_negated rows
SELECT a FROM offers WHERE NOT (a NOT IN (SELECT a FROM complete));

-- case: exists_of_view rows
SELECT item FROM names AS n WHERE EXISTS (SELECT 1 FROM popular AS p WHERE p.item = n.item AND p.total > 50);
