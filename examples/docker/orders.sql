-- Made-up orders by customer, in two files of totals: what the application profile of docker-compose.yml runs.
SET 'execution.runtime-mode' = 'batch';

CREATE TABLE orders (
  id BIGINT,
  customer BIGINT,
  amount BIGINT
) WITH (
  'connector' = 'datagen',
  'number-of-rows' = '10000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '10000',
  'fields.customer.min' = '1', 'fields.customer.max' = '100',
  'fields.amount.min' = '1', 'fields.amount.max' = '500'
);

CREATE TABLE by_customer (customer BIGINT, orders BIGINT, amount BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '/data/by_customer', 'format' = 'csv');
CREATE TABLE in_all (orders BIGINT, customers BIGINT)
  WITH ('connector' = 'filesystem', 'path' = '/data/in_all', 'format' = 'csv');

INSERT INTO by_customer SELECT customer, COUNT(*), SUM(amount) FROM orders GROUP BY customer;
INSERT INTO in_all SELECT COUNT(*), COUNT(DISTINCT customer) FROM orders;
