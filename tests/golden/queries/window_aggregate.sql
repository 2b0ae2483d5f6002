-- case: tumble rows
SELECT window_start, window_end, item, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, item;

-- case: tumble_no_key rows
SELECT window_start, window_end, COUNT(*), AVG(weight), MAX(item) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_offset rows
SELECT window_start, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '3' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_named rows
SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(DATA => TABLE bids, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '20' SECONDS)) GROUP BY window_start, window_end;

-- case: tumble_distinct_filter rows
SELECT window_start, COUNT(DISTINCT item), COUNT(*) FILTER (WHERE price > 10) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: hop rows
SELECT window_start, window_end, COUNT(*), SUM(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end;

-- case: hop_keyed rows
SELECT item, window_start, window_end, MIN(price), MAX(price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end, item;

-- case: cumulate rows
SELECT window_start, window_end, item, COUNT(*), SUM(price) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY window_start, window_end, item;

-- case: cumulate_no_key rows
SELECT window_start, window_end, COUNT(*), COUNT(DISTINCT item) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_rows rows
SELECT id, ts, window_start, window_end, window_time FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND));

-- case: hop_rows rows
SELECT id, window_start, window_end FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND));

-- case: tumble_filter_before rows
SELECT window_start, window_end, item, COUNT(*) FROM (SELECT * FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE price > 5) GROUP BY window_start, window_end, item HAVING COUNT(*) > 1;

-- case: window_then_join rows
SELECT w.window_start, w.item, w.s, n.color FROM (SELECT window_start, window_end, item, SUM(price) AS s FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, item) AS w JOIN names AS n ON w.item = n.item;

-- case: window_of_window rows
WITH w AS (SELECT window_time AS rt, COUNT(*) AS c FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time) SELECT window_start, window_end, SUM(c) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_before_1970 rows
SELECT window_start, window_end, k, COUNT(*), SUM(amount) FROM TABLE(TUMBLE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k;

-- case: tumble_before_1970_offset rows
SELECT window_start, window_end, COUNT(*), AVG(amount) FROM TABLE(TUMBLE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '4' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_negative_offset rows
SELECT window_start, window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '-4' SECOND)) GROUP BY window_start, window_end;

-- case: hop_before_1970 rows
SELECT window_start, window_end, COUNT(*), MIN(k) FROM TABLE(HOP(TABLE earlier, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '15' SECOND)) GROUP BY window_start, window_end;

-- case: hop_offset rows
SELECT window_start, window_end, COUNT(*) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND, INTERVAL '2' SECOND)) GROUP BY window_start, window_end;

-- case: hop_rows_before_1970 rows
SELECT id, window_start, window_end, window_time FROM TABLE(HOP(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND));

-- case: cumulate_before_1970 rows
SELECT window_start, window_end, k, COUNT(*), SUM(amount) FROM TABLE(CUMULATE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY window_start, window_end, k;

-- case: cumulate_offset rows
SELECT window_start, window_end, COUNT(*) FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND, INTERVAL '5' SECOND)) GROUP BY window_start, window_end;

-- case: cumulate_rows rows
SELECT id, window_start, window_end FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '20' SECOND));

-- Flink cannot plan SUM(DISTINCT) over hopping windows in streaming mode.
-- case: hop_distinct_filter rows batch
SELECT window_start, COUNT(DISTINCT item) FILTER (WHERE price > 5), SUM(DISTINCT price) FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY window_start, window_end;

-- case: window_having rows
SELECT window_start, k, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE earlier, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, window_end, k HAVING SUM(amount) > 1;
