WITH counts AS (
  SELECT auction, window_start, COUNT(*) AS num
  FROM (
    SELECT auction, UNNEST(GENERATE_SERIES(latest - 8000, latest, 2000)) AS window_start
    FROM (SELECT auction, EPOCH_MS("dateTime") // 2000 * 2000 AS latest FROM bid)
  )
  GROUP BY auction, window_start
)
SELECT auction, num
FROM counts
QUALIFY num = MAX(num) OVER (PARTITION BY window_start);
