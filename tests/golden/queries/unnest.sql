-- Rows with collections, and collections that change.

CREATE TABLE baskets (
  id INT, tags ARRAY<STRING>, scores MAP<STRING, INT>, items ARRAY<ROW<name STRING, n INT>>, grid ARRAY<ARRAY<INT>>,
  proc AS PROCTIME()
) WITH ('connector' = 'filesystem', 'path' = '${data}/baskets.jsonl', 'format' = 'json');

CREATE VIEW collected AS SELECT item, COLLECT(price) AS prices, COUNT(*) AS n FROM bids GROUP BY item;

CREATE VIEW split AS SELECT b.ts, u.v FROM bids AS b CROSS JOIN UNNEST(ARRAY[b.price, b.id]) AS u(v);

-- case: array rows
SELECT id, tag FROM baskets CROSS JOIN UNNEST(tags) AS u(tag);

-- case: array_comma rows
SELECT b.id, u.tag FROM baskets AS b, UNNEST(b.tags) AS u(tag);

-- case: array_inner_join rows
SELECT b.id, tag FROM baskets AS b JOIN UNNEST(b.tags) AS u(tag) ON TRUE;

-- case: array_left rows
SELECT b.id, tag FROM baskets AS b LEFT JOIN UNNEST(b.tags) AS u(tag) ON TRUE;

-- case: array_without_names rows
SELECT * FROM (SELECT id, tags FROM baskets) AS b CROSS JOIN UNNEST(b.tags);

-- case: array_named_table rows
SELECT b.id, u.* FROM baskets AS b CROSS JOIN UNNEST(b.tags) AS u;

-- case: array_star rows
SELECT * FROM (SELECT id, tags FROM baskets) AS b CROSS JOIN UNNEST(b.tags) AS u(tag);

-- case: with_ordinality rows
SELECT b.id, tag, pos FROM baskets AS b CROSS JOIN UNNEST(b.tags) WITH ORDINALITY AS u(tag, pos);

-- case: with_ordinality_left rows
SELECT b.id, tag, pos FROM baskets AS b LEFT JOIN UNNEST(b.tags) WITH ORDINALITY AS u(tag, pos) ON TRUE;

-- case: with_ordinality_without_names rows
SELECT * FROM (SELECT id, tags FROM baskets) AS b CROSS JOIN UNNEST(b.tags) WITH ORDINALITY;

-- case: with_ordinality_filter rows
SELECT b.id, tag FROM baskets AS b CROSS JOIN UNNEST(b.tags) WITH ORDINALITY AS u(tag, pos) WHERE pos > 1 AND b.id < 4;

-- case: map_entries rows
SELECT b.id, k, v FROM baskets AS b CROSS JOIN UNNEST(b.scores) AS u(k, v);

-- case: map_entries_left rows
SELECT b.id, k, v FROM baskets AS b LEFT JOIN UNNEST(b.scores) AS u(k, v) ON TRUE;

-- case: map_without_names rows
SELECT * FROM (SELECT id, scores FROM baskets) AS b CROSS JOIN UNNEST(b.scores);

-- case: map_with_ordinality rows
SELECT b.id, k, v FROM baskets AS b CROSS JOIN UNNEST(b.scores) WITH ORDINALITY AS u(k, v, pos) WHERE pos < 2 AND id > 1;

-- case: rows_of_fields rows
SELECT b.id, i.name, i.n FROM baskets AS b CROSS JOIN UNNEST(b.items) AS i(name, n);

-- case: rows_left rows
SELECT b.id, name, n FROM baskets AS b LEFT JOIN UNNEST(b.items) AS i ON TRUE;

-- case: rows_without_names rows
SELECT * FROM (SELECT id, items FROM baskets) AS b CROSS JOIN UNNEST(b.items);

-- case: nested_twice rows
SELECT b.id, cell FROM baskets AS b CROSS JOIN UNNEST(b.grid) AS r(line) CROSS JOIN UNNEST(r.line) AS c(cell);

-- case: nested_once rows
SELECT b.id, line FROM baskets AS b CROSS JOIN UNNEST(b.grid) AS r(line);

-- case: two_side_by_side rows
SELECT b.id, tag, k FROM baskets AS b CROSS JOIN UNNEST(b.tags) AS u(tag) CROSS JOIN UNNEST(b.scores) AS s(k, v);

-- case: computed_array rows
SELECT id, v FROM bids CROSS JOIN UNNEST(ARRAY[price, id, 0]) AS u(v);

-- case: constant_alone rows
SELECT v FROM UNNEST(ARRAY[3, 1, 2]) AS u(v);

-- case: constant_alone_with_ordinality rows
SELECT v, pos FROM UNNEST(ARRAY['x', 'y']) WITH ORDINALITY AS u(v, pos);

-- case: constant_map rows
SELECT id, k, v FROM names, bids CROSS JOIN UNNEST(MAP['a', 1, 'b', 2]) AS u(k, v) WHERE id = 1 AND names.color = 'red';

-- case: filter_on_elements rows
SELECT b.id, tag FROM baskets AS b CROSS JOIN UNNEST(b.tags) AS u(tag) WHERE tag <> 'a';

-- case: filter_on_both rows
SELECT b.id, tag FROM baskets AS b CROSS JOIN UNNEST(b.tags) AS u(tag) WHERE tag <> 'a' AND b.id > 0;

-- case: filter_on_left_padded rows
SELECT b.id FROM baskets AS b LEFT JOIN UNNEST(b.tags) AS u(tag) ON TRUE WHERE tag IS NULL;

-- case: aggregated rows
SELECT tag, COUNT(*) FROM baskets CROSS JOIN UNNEST(tags) AS u(tag) GROUP BY tag;

-- case: only_elements_used rows
SELECT tag FROM baskets CROSS JOIN UNNEST(tags) AS u(tag);

-- case: only_the_left_used rows
SELECT id FROM baskets CROSS JOIN UNNEST(tags) AS u(tag);

-- case: only_counted rows
SELECT COUNT(*) FROM baskets CROSS JOIN UNNEST(tags) AS u(tag);

-- case: joined_after rows
SELECT b.id, o.id FROM baskets AS b CROSS JOIN UNNEST(b.tags) AS u(tag) JOIN earlier AS o ON o.k = u.tag;

-- case: multiset rows
SELECT item, price FROM collected CROSS JOIN UNNEST(prices) AS u(price);

-- case: multiset_left rows
SELECT item, price FROM collected LEFT JOIN UNNEST(prices) AS u(price) ON TRUE;

-- case: multiset_changelog_counted rows
SELECT price, COUNT(*) FROM collected CROSS JOIN UNNEST(prices) AS u(price) GROUP BY price;

-- case: over_retractions rows streaming
SELECT k, e FROM changes CROSS JOIN UNNEST(ARRAY[v, -v]) AS u(e);

-- case: over_retractions_left rows streaming
SELECT id, e, pos FROM changes LEFT JOIN UNNEST(ARRAY[v, id]) WITH ORDINALITY AS u(e, pos) ON TRUE;

-- case: then_by_window rows
SELECT window_start, SUM(v) FROM TABLE(TUMBLE(TABLE split, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end;

-- case: in_a_derived_table rows
SELECT id, m FROM (SELECT b.id, tag || '!' AS m FROM baskets AS b, UNNEST(b.tags) AS u(tag)) WHERE id IS NOT NULL;
