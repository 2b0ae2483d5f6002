CREATE VIEW seen AS SELECT *, PROCTIME() AS pt FROM bids;

-- case: tumble rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT item, COUNT(*), SUM(price) FROM TABLE(TUMBLE(TABLE seen, DESCRIPTOR(pt), INTERVAL '10' DAY)) GROUP BY window_start, window_end, item;

-- case: hop rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT COUNT(*), MAX(price) FROM TABLE(HOP(TABLE seen, DESCRIPTOR(pt), INTERVAL '10' DAY, INTERVAL '20' DAY)) GROUP BY window_start, window_end;

-- case: session rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT item, COUNT(*) FROM TABLE(SESSION(TABLE seen PARTITION BY item, DESCRIPTOR(pt), INTERVAL '1' DAY)) GROUP BY window_start, window_end, item;

-- case: session_rows rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT id, item FROM TABLE(SESSION(TABLE seen PARTITION BY item, DESCRIPTOR(pt), INTERVAL '1' DAY));

-- case: group_window rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT item, COUNT(*), TUMBLE_PROCTIME(pt, INTERVAL '10' DAY) IS NOT NULL FROM seen GROUP BY item, TUMBLE(pt, INTERVAL '10' DAY);

-- case: group_session rows streaming
-- differs: Flink drops the windows of processing time that are open when bounded input ends
SELECT item, MAX(price) FROM seen GROUP BY item, SESSION(pt, INTERVAL '1' DAY);
