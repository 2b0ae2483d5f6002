-- A year of departures from New York City, per carrier and day.
--
-- The directory holds one CSV file a month, as a landing directory would. Rows of a month are ordered by the
-- day and time of departure, cancelled flights come at the end of their day: a row is at most a day out of order.

CREATE TABLE flights (
  `year` INT, `month` INT, `day` INT,
  dep_time INT, sched_dep_time INT, dep_delay INT,
  arr_time INT, sched_arr_time INT, arr_delay INT,
  carrier STRING, flight INT, tailnum STRING, origin STRING, dest STRING,
  air_time INT, distance INT, `hour` INT, `minute` INT,
  time_hour STRING,
  scheduled AS TIMESTAMPADD(MINUTE, `minute`, TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z''')),
  WATERMARK FOR scheduled AS scheduled - INTERVAL '1' DAY
) WITH (
  'connector' = 'filesystem',
  'path' = 'demo-input/flights',
  'format' = 'csv',
  'csv.null-literal' = 'NA'
);

CREATE TABLE airlines (
  carrier STRING,
  name STRING
) WITH (
  'connector' = 'filesystem',
  'path' = 'demo-input/airlines',
  'format' = 'csv'
);

CREATE TABLE flights_daily (
  `day` TIMESTAMP(3),
  carrier STRING,
  name STRING,
  flights BIGINT,
  mean_dep_delay DOUBLE,
  p95_dep_delay DOUBLE,
  cancelled BIGINT
) WITH (
  'connector' = 'filesystem',
  'path' = 'demo-output/flights_daily',
  'format' = 'parquet',
  -- Files become visible when they are complete; complete one often, so that the results can be watched.
  'sink.rolling-policy.rollover-interval' = '250 ms',
  'sink.rolling-policy.check-interval' = '100 ms'
);

INSERT INTO flights_daily
SELECT d.window_start, d.carrier, a.name, d.flights, d.mean_dep_delay, d.p95_dep_delay, d.cancelled
FROM (
  SELECT
    window_start,
    window_end,
    carrier,
    COUNT(*) AS flights,
    AVG(CAST(dep_delay AS DOUBLE)) AS mean_dep_delay,
    PERCENTILE(dep_delay, 0.95) AS p95_dep_delay,
    COUNT(*) FILTER (WHERE dep_time IS NULL) AS cancelled
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(scheduled), INTERVAL '1' DAY))
  GROUP BY window_start, window_end, carrier
) AS d
JOIN airlines AS a ON d.carrier = a.carrier;
