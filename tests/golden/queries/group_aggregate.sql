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

-- case: decimal_aggregates rows
SELECT k, SUM(amount), AVG(amount), MIN(amount), MAX(amount), COUNT(DISTINCT amount) FROM earlier GROUP BY k;

-- case: aggregate_over_union rows
SELECT x, COUNT(*), SUM(n) FROM (SELECT item AS x, price AS n FROM bids UNION ALL SELECT k, id FROM earlier) AS u GROUP BY x;

-- case: filter_on_retracting_input rows
SELECT COUNT(*) FILTER (WHERE total > 30), MAX(item) FILTER (WHERE n > 1), COUNT(DISTINCT total) FILTER (WHERE n < 3) FROM latest;

-- case: min_max_retracted rows
SELECT n, MIN(item), MAX(total), SUM(DISTINCT total) FROM latest GROUP BY n HAVING COUNT(*) > 1;

-- case: distinct_of_aggregate rows
SELECT DISTINCT n FROM latest;

-- case: group_by_case rows
SELECT CASE WHEN price > 15 THEN 'dear' ELSE 'cheap' END, COUNT(*), MAX(weight) FROM bids GROUP BY CASE WHEN price > 15 THEN 'dear' ELSE 'cheap' END;

-- case: group_by_boolean rows
SELECT price > 15, COUNT(*) FROM bids GROUP BY price > 15;

-- case: expression_over_aggregates rows
SELECT item, SUM(price) * 1.0 / COUNT(*), MAX(price) - MIN(price), CAST(COUNT(*) AS STRING) || 'x' FROM bids GROUP BY item;

-- case: having_without_group rows
SELECT COUNT(*), MAX(price) FROM bids HAVING COUNT(*) > 3;
