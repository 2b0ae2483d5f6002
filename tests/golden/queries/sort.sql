-- case: order_by ordered batch
SELECT id, price FROM bids ORDER BY price DESC, id;

-- case: order_by_nulls ordered batch
SELECT id, item FROM bids ORDER BY item NULLS LAST, id DESC;

-- case: order_by_limit ordered batch
SELECT id, price FROM bids ORDER BY price, id LIMIT 3;

-- case: order_by_offset ordered batch
SELECT id FROM bids ORDER BY id DESC OFFSET 2 ROWS FETCH NEXT 4 ROWS ONLY;

-- case: order_by_aggregate ordered batch
SELECT item, SUM(price) AS s FROM bids GROUP BY item ORDER BY s DESC, item;

-- case: limit_all rows
SELECT id FROM bids LIMIT 100;

-- case: order_by_expression ordered batch
SELECT id, price FROM bids ORDER BY price * -1 NULLS LAST, id DESC LIMIT 5;

-- case: order_by_hidden ordered batch
SELECT item FROM bids WHERE price IS NOT NULL ORDER BY price, id;

-- case: order_by_union ordered batch
SELECT id FROM bids UNION ALL SELECT id + 100 FROM earlier ORDER BY id DESC LIMIT 4;

-- case: limit_offset_subquery rows batch
SELECT COUNT(*) FROM (SELECT id FROM bids ORDER BY id LIMIT 4 OFFSET 3) AS t;
