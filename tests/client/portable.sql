-- What every gateway of the protocol answers alike.
CREATE TABLE orders (item STRING, price INT, paid BOOLEAN) WITH ('connector' = 'datagen', 'number-of-rows' = '3');
CREATE TABLE nowhere (item STRING, n BIGINT) WITH ('connector' = 'blackhole');
CREATE VIEW fruit AS SELECT * FROM (VALUES ('apple', 3), ('pear', 5), ('apple', 4)) AS t(name, price);
SHOW TABLES;
SHOW VIEWS;
DESCRIBE nowhere;
SHOW CURRENT DATABASE;
SELECT name, price FROM fruit;
SELECT name, SUM(price) AS total FROM fruit GROUP BY name;
SET 'execution.runtime-mode' = 'batch';
SELECT name, SUM(price) AS total FROM fruit GROUP BY name ORDER BY total;
SELECT CAST(NULL AS INT) AS a, TRUE AS b, 1.50 AS c, DATE '2024-02-29' AS d, ARRAY[1, 2] AS e, MAP['k', 1] AS f;
SELECT name FROM fruit WHERE price > 100;
RESET 'execution.runtime-mode';
SET 'table.dml-sync' = 'true';
INSERT INTO nowhere SELECT name, COUNT(*) FROM fruit GROUP BY name;
EXECUTE STATEMENT SET BEGIN
  INSERT INTO nowhere SELECT name, 1 FROM fruit;
  INSERT INTO nowhere SELECT name, 2 FROM fruit;
END;
SET 'table.dml-sync' = 'false';
INSERT INTO nowhere SELECT name, price FROM fruit;
DROP VIEW fruit;
DROP TABLE orders;
SHOW TABLES;
