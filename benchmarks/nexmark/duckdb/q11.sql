SELECT
  bidder,
  COUNT(*),
  MIN("dateTime"),
  MAX("dateTime") + INTERVAL 10 SECONDS
FROM (
  SELECT bidder, "dateTime", SUM(begins) OVER (PARTITION BY bidder ORDER BY "dateTime") AS session
  FROM (
    SELECT
      bidder,
      "dateTime",
      CAST(
        "dateTime" - LAG("dateTime", 1, "dateTime") OVER (PARTITION BY bidder ORDER BY "dateTime")
        > INTERVAL 10 SECONDS AS INT
      ) AS begins
    FROM bid
  )
)
GROUP BY bidder, session;
