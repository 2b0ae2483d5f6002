-- Payments, the rates of currencies as versions of rows, and both as changelogs.

CREATE TABLE payments (
  id INT, currency STRING, amount INT, ts TIMESTAMP(3), proc AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/payments.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE rates (
  currency STRING, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH ('connector' = 'filesystem', 'path' = '${data}/rates.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE rate_log (
  currency STRING, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/rates.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE no_rates (
  currency STRING, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH ('connector' = 'filesystem', 'path' = '${data}/nothing.csv', 'format' = 'csv');

CREATE TABLE rate_changes (
  currency STRING, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH ('connector' = 'filesystem', 'path' = '${data}/rates_cdc.jsonl', 'format' = 'debezium-json');

CREATE TABLE payment_changes (
  id INT, currency STRING, amount INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '10' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) WITH ('connector' = 'filesystem', 'path' = '${data}/payments_cdc.jsonl', 'format' = 'debezium-json');

CREATE VIEW rate_versions AS
SELECT currency, rate, ts FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY ts DESC) AS n FROM rate_log
) WHERE n = 1;

CREATE VIEW converted AS
SELECT p.ts, r.rate FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: inner rows streaming
SELECT p.id, p.currency, p.amount, r.rate, r.ts
FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: left_outer rows streaming
SELECT p.id, p.currency, p.amount * r.rate, r.ts
FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: own_name rows streaming
SELECT payments.id, rates.rate
FROM payments JOIN rates FOR SYSTEM_TIME AS OF payments.ts ON payments.currency = rates.currency;

-- case: star rows streaming
SELECT * FROM (SELECT id, currency, ts FROM payments) AS p
JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON r.currency = p.currency;

-- case: residual_on_both rows streaming
SELECT p.id, r.rate FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND p.amount > r.rate * 20;

-- case: left_residual_on_both rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND p.amount > r.rate * 20;

-- case: left_residual_on_left rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND p.amount > 50;

-- case: residual_on_right rows streaming
SELECT p.id, r.rate FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND r.rate < 1.2;

-- case: left_residual_on_right rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND r.rate < 1.2;

-- case: where_on_right rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency WHERE r.rate < 1.2;

-- case: where_null_on_right rows streaming
SELECT p.id FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency WHERE r.rate IS NULL;

-- case: where_on_left rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency WHERE p.amount > 50;

-- case: computed_left_key rows streaming
SELECT p.id, r.rate FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON UPPER(SUBSTRING(p.currency FROM 1 FOR 3)) = r.currency;

-- case: more_keys_than_the_primary rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND p.amount = CAST(r.rate * 100 AS INT) - 11;

-- case: empty_versions rows streaming
SELECT p.id, r.rate FROM payments AS p JOIN no_rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: left_empty_versions rows streaming
SELECT p.id, r.rate FROM payments AS p LEFT JOIN no_rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: empty_left rows streaming
SELECT p.currency, r.rate FROM no_rates AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: with_itself rows streaming
SELECT a.currency, a.rate, a.ts, b.rate FROM rate_log AS a
JOIN rates FOR SYSTEM_TIME AS OF a.ts AS b ON a.currency = b.currency;

-- case: versioned_view rows streaming
-- differs: every row of the log is a version of ours; Flink's view skips those that come after a later one
SELECT p.id, p.currency, r.rate, r.ts
FROM payments AS p JOIN rate_versions FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: left_versioned_view rows streaming
-- differs: every row of the log is a version of ours; Flink's view skips those that come after a later one
SELECT p.id, r.rate FROM payments AS p LEFT JOIN rate_versions FOR SYSTEM_TIME AS OF p.ts AS r
ON p.currency = r.currency AND r.rate > 1;

-- case: changelog_of_versions rows streaming
SELECT p.id, p.currency, p.ts, r.rate, r.ts
FROM payments AS p LEFT JOIN rate_changes FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: inner_changelog_of_versions rows streaming
SELECT p.id, r.rate FROM payments AS p JOIN rate_changes FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: changelog_on_the_left rows streaming
SELECT p.id, p.amount, r.rate FROM payment_changes AS p
JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: left_changelog_on_both_sides rows streaming
SELECT p.id, p.amount, r.rate FROM payment_changes AS p
LEFT JOIN rate_changes FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: twice rows streaming
-- differs: every row of the log is a version of ours; Flink's view skips those that come after a later one
SELECT p.id, a.rate, b.rate FROM payments AS p
JOIN rates FOR SYSTEM_TIME AS OF p.ts AS a ON p.currency = a.currency
LEFT JOIN rate_versions FOR SYSTEM_TIME AS OF p.ts AS b ON b.currency = a.currency;

-- case: then_aggregated rows streaming
SELECT r.currency, COUNT(*), SUM(p.amount * r.rate)
FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency GROUP BY r.currency;

-- case: then_by_window rows streaming
SELECT window_start, window_end, COUNT(*), SUM(rate) FROM TABLE(TUMBLE(
  TABLE converted, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY window_start, window_end;

-- case: changelog_on_the_left_then_aggregated rows streaming
SELECT COUNT(*), SUM(p.amount * r.rate) FROM payment_changes AS p
LEFT JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;

-- case: unused_time rows streaming
SELECT r.currency FROM payments AS p JOIN rates FOR SYSTEM_TIME AS OF p.ts AS r ON p.currency = r.currency;
