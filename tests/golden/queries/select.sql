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

-- Before 1970 Flink's YEAR is 1970 and its HOUR 0, and a CAST to DATE gives the day after: only what is right is here.
-- case: units_before_1970 changelog
SELECT FLOOR(ts TO MINUTE), CEIL(ts TO HOUR), FLOOR(ts TO DAY), CAST(ts AS STRING) FROM earlier;

-- case: decimal_arithmetic changelog
SELECT amount * 2, amount / 3, amount + 0.125, amount - id, -amount, amount * amount, MOD(amount, 2), ROUND(amount, 1) FROM earlier;

-- case: decimal_to_int changelog
SELECT CAST(amount AS INT), CAST(amount AS STRING), CAST(amount AS DECIMAL(5, 1)), TRY_CAST(amount AS DECIMAL(3, 2)), CAST(amount AS DOUBLE) FROM earlier;

-- case: nested_case changelog
SELECT id, CASE WHEN price IS NULL THEN CASE item WHEN 'fig' THEN 'f' ELSE '?' END WHEN price > 15 THEN CASE WHEN weight > 2 THEN 'both' END ELSE 'low' END FROM bids;

-- case: null_logic changelog
SELECT id, price > 10 AND weight > 2, price > 10 OR weight > 2, NOT price > 10, price > 10 IS UNKNOWN, (price > 10) IS NOT TRUE, weight IS DISTINCT FROM price FROM bids;

-- case: not_in_with_null changelog
SELECT id FROM bids WHERE price NOT IN (20, CAST(NULL AS INT));

-- case: between_symmetric changelog
SELECT id FROM bids WHERE price BETWEEN SYMMETRIC 20 AND 5 OR price NOT BETWEEN 1 AND 30;

-- case: row_value changelog
SELECT id, (price, item), ROW(item, weight), (id, 'x') = (3, 'x') FROM bids;

-- case: temporal_arithmetic changelog
SELECT ts + INTERVAL '1' MONTH, ts - INTERVAL '1 02:03:04' DAY TO SECOND, TIMESTAMPADD(QUARTER, 1, ts), TIMESTAMPDIFF(SECOND, ts, TIMESTAMP '1970-01-01 00:00:00'), DATE '2024-01-31' + INTERVAL '1' MONTH FROM earlier;

-- case: like_escape changelog
SELECT item LIKE 'a%', item LIKE '_i_', 'a_b' LIKE 'a!_b' ESCAPE '!', item NOT LIKE '%e%', item SIMILAR TO '(fig|pear)' FROM bids;

-- case: text_functions changelog
SELECT SUBSTRING(item, 2), SUBSTRING(item FROM 2 FOR 2), POSITION('p' IN item), TRIM(BOTH 'a' FROM item), LPAD(item, 6, '*'), OVERLAY(item PLACING 'XX' FROM 2), INITCAP(item), SPLIT_INDEX(item, 'p', 0) FROM bids;

-- Flink prints the year 10000 as 0000.
-- case: date_past_9999 changelog
SELECT YEAR(DATE '9999-12-31' + INTERVAL '1' DAY);
