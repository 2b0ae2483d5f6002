-- Changelogs as rows, and back: TO_CHANGELOG and FROM_CHANGELOG.
CREATE VIEW coded AS SELECT * FROM (VALUES (1, 'INSERT', 'a'), (1, 'UPDATE_BEFORE', 'a'), (1, 'UPDATE_AFTER', 'b'), (2, 'INSERT', 'c'), (2, 'DELETE', 'c'), (3, 'INSERT', CAST(NULL AS STRING))) AS v (id, op, name);

CREATE VIEW codes AS SELECT * FROM (VALUES ('c', 1, 'a'), ('ub', 1, 'a'), ('ua', 1, 'b'), ('r', 2, 'c'), ('d', 2, 'c'), ('r', 3, 'ż')) AS v (code, id, name);

-- case: to_changelog changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE changes);

-- case: to_changelog_by_position changelog streaming
SELECT * FROM TO_CHANGELOG(TABLE changes);

-- case: to_changelog_under_alias changelog streaming
SELECT t.op, t.id FROM TO_CHANGELOG(input => TABLE keyed_changes) AS t WHERE t.v > 10;

-- case: to_changelog_of_aggregate changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE latest, op => DESCRIPTOR(operation));

-- case: to_changelog_of_insertions changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE names);

-- case: to_changelog_of_query changelog streaming
SELECT * FROM TO_CHANGELOG(input => (SELECT k, SUM(v) AS s FROM changes GROUP BY k));

-- case: to_changelog_mapped changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE changes, op => DESCRIPTOR(op_code), op_mapping => MAP['INSERT', 'I', 'UPDATE_AFTER', 'U']);

-- case: to_changelog_mapped_together changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE changes, op_mapping => MAP['INSERT, UPDATE_AFTER', 'false', 'DELETE', 'true']);

-- case: to_changelog_without_updates changelog streaming
SELECT * FROM TO_CHANGELOG(input => TABLE keyed_changes, op_mapping => MAP['INSERT', '+', 'DELETE', '-']);

-- case: to_changelog_counted rows streaming
SELECT op, COUNT(*) FROM TO_CHANGELOG(input => TABLE keyed_changes) GROUP BY op;

-- case: to_changelog_pruned changelog streaming
SELECT op, k FROM TO_CHANGELOG(input => TABLE changes) WHERE op = 'DELETE';

-- case: to_changelog_windowed rows streaming
SELECT op, TUMBLE_START(ts, INTERVAL '1' MINUTE), COUNT(*) FROM TO_CHANGELOG(input => TABLE changes) GROUP BY op, TUMBLE(ts, INTERVAL '1' MINUTE);

-- case: from_changelog rows streaming
SELECT * FROM FROM_CHANGELOG(input => TABLE coded);

-- case: from_changelog_mapped changelog streaming
SELECT * FROM FROM_CHANGELOG(input => TABLE codes, op => DESCRIPTOR(code), op_mapping => MAP['c, r', 'INSERT', 'ub', 'UPDATE_BEFORE', 'ua', 'UPDATE_AFTER', 'd', 'DELETE']);

-- case: from_changelog_counted rows streaming
SELECT name, COUNT(*) FROM FROM_CHANGELOG(input => TABLE coded) GROUP BY name;

-- case: from_changelog_filtered rows streaming
SELECT name FROM FROM_CHANGELOG(input => TABLE coded) AS c WHERE c.id = 1;

-- case: there_and_back changelog streaming
SELECT * FROM FROM_CHANGELOG(input => (SELECT * FROM TO_CHANGELOG(input => TABLE changes)));

-- case: there_and_back_grouped rows streaming
SELECT k, SUM(v), COUNT(*) FROM FROM_CHANGELOG(input => (SELECT * FROM TO_CHANGELOG(input => TABLE changes, op => DESCRIPTOR(o))), op => DESCRIPTOR(o)) GROUP BY k;
