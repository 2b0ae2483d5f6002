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

-- case: join_natural rows
SELECT * FROM (SELECT item, price FROM bids) AS b NATURAL JOIN names;

-- case: join_null_safe rows
SELECT b.id, o.id FROM bids AS b JOIN earlier AS o ON b.item IS NOT DISTINCT FROM o.k;

-- case: join_self_unequal rows
SELECT a.id, b.id FROM bids AS a JOIN bids AS b ON a.item = b.item AND a.id < b.id;

-- case: join_cross rows
SELECT a.id, o.id FROM bids AS a CROSS JOIN earlier AS o WHERE a.id + o.id = 8;
