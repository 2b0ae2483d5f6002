SELECT DISTINCT p.id, p.name, TIME_BUCKET(INTERVAL 10 SECONDS, p."dateTime")
FROM person AS p
JOIN auction AS a
ON p.id = a.seller
  AND TIME_BUCKET(INTERVAL 10 SECONDS, p."dateTime") = TIME_BUCKET(INTERVAL 10 SECONDS, a."dateTime");
