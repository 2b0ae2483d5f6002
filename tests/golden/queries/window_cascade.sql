CREATE VIEW per_item AS SELECT item, COUNT(*) AS n, window_start AS ws, window_end AS we, window_time AS wt
FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) GROUP BY item, window_start, window_end, window_time;

CREATE VIEW shifted AS SELECT *, window_end + INTERVAL '1' SECOND AS later
FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND));

-- case: most_in_window rows
SELECT ws, we, MAX(n), COUNT(*) FROM per_item GROUP BY ws, we;

-- case: most_in_window_time rows
SELECT wt, MAX(n) FROM per_item GROUP BY ws, we, wt;

-- case: most_in_window_filtered rows
SELECT ws, MAX(n) FROM per_item WHERE item <> 'pear' GROUP BY ws, we;

-- case: most_in_window_start rows
SELECT ws, MAX(n) FROM per_item GROUP BY ws;

-- case: larger_window rows streaming
SELECT window_start, window_end, SUM(n) FROM TABLE(TUMBLE(TABLE per_item, DESCRIPTOR(wt), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: three_levels rows
SELECT ws, we, SUM(m) FROM (SELECT ws, we, n, MAX(n) AS m FROM per_item GROUP BY ws, we, n) GROUP BY ws, we;

-- case: cumulate_again rows
SELECT window_start, window_end, COUNT(*), SUM(c) FROM (SELECT window_start, window_end, item, COUNT(*) AS c FROM TABLE(CUMULATE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '30' SECOND)) GROUP BY window_start, window_end, item) GROUP BY window_start, window_end;

-- case: key_of_the_window rows
SELECT window_start, window_end, later, COUNT(*) FROM shifted GROUP BY window_start, window_end, later;

-- case: aggregate_of_the_window rows
SELECT window_start, window_end, MAX(later), MIN(window_start) FROM shifted GROUP BY window_start, window_end;

-- case: condition_on_the_window rows
SELECT window_start, window_end, COUNT(*) FROM shifted WHERE window_start > TIMESTAMP '2024-01-01 00:00:05' GROUP BY window_start, window_end;

-- case: condition_on_row_and_window rows
SELECT window_start, window_end, COUNT(*) FROM shifted WHERE ts > window_start + INTERVAL '2' SECOND GROUP BY window_start, window_end;

-- case: start_and_item_alone rows
SELECT window_start, item, COUNT(*) FROM shifted GROUP BY window_start, item;

-- case: window_in_expressions rows
SELECT item, EXTRACT(SECOND FROM window_start), COUNT(*) + 1 FROM shifted GROUP BY window_start, window_end, item HAVING window_end < TIMESTAMP '2024-01-01 00:00:35';

-- case: hop_of_rows_with_windows rows streaming
SELECT s, COUNT(*) FROM (SELECT window_start AS s, window_end AS e FROM TABLE(HOP(TABLE bids, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '10' SECOND)) WHERE window_end - INTERVAL '2' SECOND > ts) GROUP BY s, e;

-- case: distinct_windows rows
SELECT DISTINCT window_start, window_end FROM shifted;
