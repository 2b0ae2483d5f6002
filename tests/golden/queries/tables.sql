-- The tables and views that every topic's cases may read.

CREATE TABLE bids (
  id INT, item STRING, price INT, weight DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/bids.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE TABLE names (
  item STRING, color STRING
) WITH ('connector' = 'filesystem', 'path' = '${data}/names.csv', 'format' = 'csv');

CREATE TABLE earlier (
  id INT, k STRING, amount DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/earlier.csv', 'format' = 'csv', 'csv.null-literal' = '');

CREATE VIEW latest AS SELECT item, COUNT(*) AS n, SUM(price) AS total FROM bids GROUP BY item;

CREATE VIEW popular AS SELECT item, total FROM latest WHERE n > 1;

CREATE TABLE changes (
  id INT, k STRING, v INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.debezium.json', 'format' = 'debezium-json');

CREATE TABLE keyed_changes (
  id INT, k STRING, v INT, ts TIMESTAMP(3), PRIMARY KEY (id) NOT ENFORCED, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${data}/changes.debezium.json', 'format' = 'debezium-json');
