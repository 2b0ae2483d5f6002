-- case: union_all rows
SELECT id, item FROM bids WHERE id < 3 UNION ALL SELECT id, item FROM bids WHERE id > 8 UNION ALL SELECT 0, 'x' FROM names;

-- case: union_distinct rows
SELECT item FROM bids UNION SELECT item FROM names;

-- case: union_of_types rows
SELECT id, CAST(price AS BIGINT) FROM bids UNION ALL SELECT CAST(id AS SMALLINT), amount FROM earlier;

-- case: union_aggregates rows
SELECT item, COUNT(*) FROM bids GROUP BY item UNION ALL SELECT k, COUNT(*) FROM earlier GROUP BY k;
