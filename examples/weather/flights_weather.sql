-- Departures from New York City with the weather at their airport: each flight is joined to the last hourly report
-- before its scheduled time, by event time. Late reports and flights do not matter: both wait for the watermark.

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

-- A report is the version of its airport's weather from its hour on, until the next one: the primary key and the
-- watermark make this a versioned table.
CREATE TABLE weather (
  origin STRING, `year` INT, `month` INT, `day` INT, `hour` INT,
  temp DOUBLE, dewp DOUBLE, humid DOUBLE, wind_dir DOUBLE, wind_speed DOUBLE, wind_gust DOUBLE,
  precip DOUBLE, pressure DOUBLE, visib DOUBLE,
  time_hour STRING,
  reported AS TO_TIMESTAMP(time_hour, 'yyyy-MM-dd''T''HH:mm:ss''Z'''),
  PRIMARY KEY (origin) NOT ENFORCED,
  WATERMARK FOR reported AS reported - INTERVAL '1' HOUR
) WITH (
  'connector' = 'filesystem',
  'path' = 'demo-input/weather',
  'format' = 'csv',
  'csv.null-literal' = 'NA'
);

CREATE TABLE flights_weather (
  origin STRING,
  carrier STRING,
  flight INT,
  scheduled TIMESTAMP(3),
  dep_delay INT,
  reported TIMESTAMP(3),
  wind_speed DOUBLE,
  visib DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 'demo-output/flights_weather',
  'format' = 'parquet'
);

INSERT INTO flights_weather
SELECT f.origin, f.carrier, f.flight, f.scheduled, f.dep_delay, w.reported, w.wind_speed, w.visib
FROM flights AS f
LEFT JOIN weather FOR SYSTEM_TIME AS OF f.scheduled AS w ON f.origin = w.origin;
