CREATE VIEW rows_of_changes AS SELECT * FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '1' MINUTE));

-- case: tumble rows streaming
SELECT window_start, window_end, COUNT(*), SUM(v), MAX(v), MIN(v) FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- case: tumble_keyed rows streaming
SELECT window_start, k, COUNT(*), AVG(v), MIN(id) FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k;

-- case: tumble_upserts rows streaming
SELECT window_start, COUNT(*), SUM(v), MAX(k) FROM TABLE(TUMBLE(TABLE keyed_changes, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_distinct rows streaming
SELECT window_start, COUNT(DISTINCT k), COUNT(*) FILTER (WHERE v > 10) FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '2' MINUTE)) GROUP BY window_start, window_end;

-- case: hop rows streaming
SELECT window_start, window_end, COUNT(*), SUM(v), MAX(v) FROM TABLE(HOP(TABLE changes, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- case: hop_keyed rows streaming
SELECT k, window_start, COUNT(*), MIN(v) FROM TABLE(HOP(TABLE changes, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '90' SECOND)) GROUP BY k, window_start, window_end;

-- case: cumulate rows streaming
SELECT window_start, window_end, COUNT(*), SUM(v), MIN(v) FROM TABLE(CUMULATE(TABLE changes, DESCRIPTOR(ts), INTERVAL '20' SECOND, INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- case: cumulate_keyed rows streaming
SELECT k, window_end, COUNT(*), MAX(v) FROM TABLE(CUMULATE(TABLE changes, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '2' MINUTE)) GROUP BY k, window_start, window_end;

-- case: offset rows streaming
SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '15' SECOND)) GROUP BY window_start, window_end;

-- case: tumble_rows changelog streaming
SELECT id, k, v, window_start, window_time FROM rows_of_changes;

-- case: hop_rows rows streaming
SELECT id, v, window_start FROM TABLE(HOP(TABLE changes, DESCRIPTOR(ts), INTERVAL '30' SECOND, INTERVAL '1' MINUTE));

-- case: start_alone rows streaming
SELECT window_start, COUNT(*), MAX(v) FROM rows_of_changes GROUP BY window_start;

-- case: filtered rows streaming
SELECT window_start, window_end, COUNT(*) FROM rows_of_changes WHERE v > 10 AND k <> 'fig' GROUP BY window_start, window_end;

-- case: having rows streaming
SELECT window_start, k FROM rows_of_changes GROUP BY window_start, window_end, k HAVING SUM(v) > 20;

-- case: cascade rows streaming
WITH w AS (SELECT window_time AS rt, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE changes, DESCRIPTOR(ts), INTERVAL '20' SECOND)) GROUP BY window_start, window_end, window_time) SELECT window_start, SUM(n), COUNT(*) FROM TABLE(TUMBLE(TABLE w, DESCRIPTOR(rt), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;

-- case: attached_expression_key rows streaming
SELECT window_start, window_end, CAST(window_end AS DATE) AS d, COUNT(*), SUM(v) FROM rows_of_changes GROUP BY window_start, window_end, CAST(window_end AS DATE);
